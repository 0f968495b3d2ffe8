using AuditConsole.CommandLine;

return await ConsoleProgram.RunAsync(args);
