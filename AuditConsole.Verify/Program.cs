using System.CommandLine;
using AuditConsole.Verify;
using AuditConsole.Verify.Reports;

var files = new Argument<string[]>("file")
{
    Description = "What to verify, in any order: an archive; a CSV or JSON export with its receipt, and the archive too to prove that nothing was left out; the proof of one entry; checkpoints.",
    Arity = ArgumentArity.OneOrMore,
};
var keys = new Option<string[]>("--key")
{
    Description = "The service's public key: a file (PEM or one line) or the line itself. May be given several times. Get it from the service, not with the files.",
    HelpName = "file or line",
};
var producerKeys = new Option<string[]>("--producer-key")
{
    Description = "A producer's public key, to check the signatures of the entries that it sent: a file (PEM), or KEY_ID=file for that key id alone. May be given several times. Get it from the producer, not with the files.",
    HelpName = "file or id=file",
};
var json = new Option<bool>("--json") { Description = "Write the report as JSON." };
var root = new RootCommand(
    """
    Proves offline that an AuditConsole log, or an export of one, is what the service recorded.
    Exit codes: 0 proved, 1 not, 2 could not tell.
    """)
{ files, keys, producerKeys, json };
var arguments = root.Parse(args);
if (arguments.Action is not null || arguments.Errors.Count > 0)
{
    var shown = await arguments.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = true });
    return arguments.Errors.Count > 0 ? (int)Verdict.Unknown : shown;
}
var report = VerifyProgram.Verify(arguments.GetRequiredValue(files), arguments.GetValue(keys) ?? [], producerKeys: arguments.GetValue(producerKeys));
Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
if (arguments.GetValue(json))
{
    using var output = Console.OpenStandardOutput();
    ReportJson.Write(report, output);
}
else
{
    ReportText.Write(report, Console.Out);
}
return (int)report.Verdict;
