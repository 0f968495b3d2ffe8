using AuditConsole;

var builder = WebApplication.CreateBuilder(args);
builder.AddAuditConsole();
var app = builder.Build();
app.UseAuditConsole();
app.Run();
