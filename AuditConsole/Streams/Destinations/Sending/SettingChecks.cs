using System.Net;
using System.Net.Sockets;

namespace AuditConsole.Streams.Destinations.Sending;

/// <summary>Collects what is wrong with the settings of a destination.</summary>
/// <param name="fields">The fields of its kind.</param>
/// <param name="settings">The settings.</param>
internal sealed class SettingChecks(IReadOnlyList<DestinationField> fields, DestinationSettings settings)
{
    private readonly List<FieldProblem> _problems = [];

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<FieldProblem> Problems => _problems;

    /// <summary>Reports what is missing, and what is not among the choices.</summary>
    public SettingChecks Basics()
    {
        foreach (var field in fields)
        {
            var value = settings[field.Name];
            if (value is null)
            {
                if (!field.IsOptional && field.Default is null)
                {
                    Add(field.Name, $"{field.Label} is missing.");
                }
            }
            else if (field.Choices.Count > 0 && !field.Choices.Contains(value, StringComparer.Ordinal))
            {
                Add(field.Name, $"{field.Label} is one of {string.Join(", ", field.Choices)}.");
            }
            else if (!field.IsLong && value.Any(char.IsControl))
            {
                Add(field.Name, $"{field.Label} holds a line end or another control character. Paste it again.");
            }
            else if (value.Trim() != value && !field.IsLong)
            {
                Add(field.Name, $"{field.Label} begins or ends with a blank. Paste it again.");
            }
        }
        return this;
    }

    /// <summary>Reports a value that doesn't hold.</summary>
    public SettingChecks Require(string field, Func<string, bool> holds, string message)
    {
        if (settings[field] is { } value && !Has(field) && !holds(value))
        {
            Add(field, message);
        }
        return this;
    }

    /// <summary>Reports an address that is no base of an https server, or of an http one within reach of nobody else.</summary>
    public SettingChecks RequireServer(string field)
    {
        if (settings[field] is not { } value || Has(field))
        {
            return this;
        }
        if (!Uri.TryCreate(value, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
        {
            Add(field, "This is no address of a server. It has the form https://host:port.");
        }
        else if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            Add(field, "The address has no user, no ? and no #.");
        }
        else if (address.Scheme == "http" && !IsNear(address))
        {
            Add(field, "Over http the secret could be read on the way. Use https; http only goes to localhost or a private address, where whoever runs this server allows that.");
        }
        return this;
    }

    /// <summary>Reports a value that is needed only beside others.</summary>
    public SettingChecks RequireSet(string field, string message)
    {
        if (settings[field] is null)
        {
            Add(field, message);
        }
        return this;
    }

    /// <summary>Adds a problem.</summary>
    public void Add(string field, string message) => _problems.Add(new FieldProblem(field, message));

    private bool Has(string field) => _problems.Exists(problem => problem.Field == field);

    private static bool IsNear(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.IdnHost.Trim('[', ']'), out var ip) && IsPrivate(ip));

    private static bool IsPrivate(IPAddress ip)
    {
        var bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes[0] == 10 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168)
            : (bytes[0] & 0xfe) == 0xfc;
    }
}
