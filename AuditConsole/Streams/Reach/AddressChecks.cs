using System.Net;
using AuditConsole.Streams.Destinations;
using Microsoft.Extensions.Options;

namespace AuditConsole.Streams.Reach;

/// <summary>
/// Says of addresses that stand in settings as numbers, however they are written, whether they may be reached: on the form,
/// not only once something is sent. Names are looked up when a connection is made, which has its own check.
/// </summary>
internal sealed class AddressChecks
{
    private readonly AddressGuard _guard;
    private readonly bool _isOpen;

    public AddressChecks(IOptions<StreamOptions> options)
    {
        var networks = options.Value.Networks();
        (_guard, _isOpen) = (new AddressGuard(networks), networks.Count == 0);
    }

    /// <summary>What is wrong with the settings of a kind: what it says itself, and of addresses that hold for it, whether they may be reached.</summary>
    public IReadOnlyList<FieldProblem> Check(IDestinationKind kind, DestinationSettings settings)
    {
        var problems = kind.Check(settings).ToList();
        foreach (var field in kind.Fields.Where(field => field.IsAddress && problems.TrueForAll(problem => problem.Field != field.Name)))
        {
            if (Problem(settings[field.Name]) is { } problem)
            {
                problems.Add(new FieldProblem(field.Name, problem));
            }
        }
        return problems;
    }

    private string? Problem(string? text)
    {
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http"))
        {
            return null;
        }
        var host = url.IdnHost.Trim('[', ']').TrimEnd('.');
        // By RFC 6761 that name and those below it mean this machine.
        var isLocal = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        var isEncrypted = url.Scheme == "https";
        if ((isLocal ? IPAddress.Loopback : IPAddress.TryParse(host, out var literal) ? literal : null) is { } address)
        {
            return _guard.Refusal(url.IdnHost, address, isEncrypted);
        }
        return !isEncrypted && _isOpen ? $"{url.IdnHost} is reached by https alone. Write https://, or have who runs this server add its network to {AddressGuard.Key}." : null;
    }
}
