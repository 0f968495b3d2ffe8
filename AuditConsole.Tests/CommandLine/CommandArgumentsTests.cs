using AuditConsole.CommandLine;

namespace AuditConsole.Tests.CommandLine;

public sealed class CommandArgumentsTests
{
    [Fact]
    public void Configuration_stands_anywhere_beside_a_verb()
    {
        var (verb, configuration) = CommandArguments.Split(
            ["--Urls=http://127.0.0.1:5080", "tenants", "add", "--Storage:DataDirectory", "/var/lib/a b", "--slug", "acme", "--name=Acme = Co", "--environment=Production"]);
        Assert.Equal(["tenants", "add", "--slug", "acme", "--name=Acme = Co"], verb);
        Assert.Equal(["--Urls=http://127.0.0.1:5080", "--Storage:DataDirectory=/var/lib/a b", "--environment=Production"], configuration);
    }

    [Theory]
    [InlineData("--port=80")]
    [InlineData("--help")]
    [InlineData("--")]
    [InlineData("-h")]
    [InlineData("Urls=http://127.0.0.1")]
    public void Anything_else_is_the_verbs(string argument) => Assert.Equal([argument], CommandArguments.Split([argument]).Verb);
}
