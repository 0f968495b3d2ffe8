using System.Globalization;
using AuditConsole.Api;
using AuditConsole.Core;
using AuditConsole.Storage;
using Microsoft.Extensions.Primitives;

namespace AuditConsole.Exports;

/// <summary>What the form of a download asks for: the filter that the page shows, as it was applied.</summary>
internal sealed record ExportRequest
{
    /// <summary>The tenant's slug.</summary>
    public required string Tenant { get; init; }

    /// <summary>The first instant.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first instant that isn't meant any more.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Exact entity type.</summary>
    public string? EntityType { get; init; }

    /// <summary>Exact action.</summary>
    public string? Action { get; init; }

    /// <summary>Exact slug.</summary>
    public string? Slug { get; init; }

    /// <summary>Exact id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>Normalised client address.</summary>
    public string? Ip { get; init; }

    /// <summary>The newest sequence that counts: what has arrived since the page was opened stays out.</summary>
    public required long Snapshot { get; init; }

    /// <summary>The file's format.</summary>
    public required ExportFormat Format { get; init; }

    /// <summary>The filter within what the tenant's log lets a reader see.</summary>
    public EntryFilter In(ReadScope scope) => new()
    {
        Scope = scope,
        From = From,
        To = To,
        EntityType = EntityType,
        Action = Action,
        Slug = Slug,
        Actor = Actor,
        Ip = Ip,
    };

    /// <summary>Reads the form; null if a field is wrong or unknown, since a filter that isn't understood would export too much.</summary>
    public static ExportRequest? Parse(IEnumerable<KeyValuePair<string, StringValues>> form, string antiforgeryField, List<ApiErrorDetail> errors)
    {
        var reader = new FormReader(form, antiforgeryField, errors);
        var request = new ExportRequest
        {
            Tenant = reader.Text("tenant", required: true) ?? "",
            From = reader.Bound("from", isEnd: false),
            To = reader.Bound("to", isEnd: true),
            EntityType = reader.Text("entityType"),
            Action = reader.Text("action"),
            Slug = reader.Text("slug"),
            Actor = reader.Text("actor"),
            Ip = reader.Ip("ip"),
            Snapshot = reader.Sequence("snapshot"),
            Format = reader.Format("format"),
        };
        reader.RefuseTheRest();
        if (errors.Count == 0 && request.From > request.To)
        {
            errors.Add(new ApiErrorDetail("to", "is before from"));
        }
        return errors.Count == 0 ? request : null;
    }

    private sealed class FormReader(IEnumerable<KeyValuePair<string, StringValues>> form, string antiforgeryField, List<ApiErrorDetail> errors)
    {
        private readonly Dictionary<string, StringValues> _rest =
            form.Where(field => field.Key != antiforgeryField).ToDictionary(field => field.Key, field => field.Value, StringComparer.Ordinal);

        public string? Text(string name, bool required = false)
        {
            _rest.Remove(name, out var values);
            if (values.Count > 1)
            {
                return Refuse<string>(name, "stands there twice");
            }
            var text = values.Count == 1 ? values[0] : null;
            if (string.IsNullOrEmpty(text))
            {
                return required ? Refuse<string>(name, "is missing") : null;
            }
            // Twice as many UTF-16 units as code points is the most that a stored name can have.
            return text.Length > 2 * EntryParser.MaxNameLength ? Refuse<string>(name, $"is longer than {EntryParser.MaxNameLength} characters")
                : text.Contains('\0') ? Refuse<string>(name, "holds U+0000")
                : text;
        }

        public DateTimeOffset Bound(string name, bool isEnd) => Text(name, required: true) switch
        {
            null => default,
            var text when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) =>
                isEnd && day == DateOnly.MaxValue ? Refuse<DateTimeOffset>(name, "is too late")
                : new DateTimeOffset(day.AddDays(isEnd ? 1 : 0), TimeOnly.MinValue, TimeSpan.Zero),
            var text when WireTime.TryParse(text, out var instant) => instant,
            _ => Refuse<DateTimeOffset>(name, "must be a date (2026-05-08) or an instant (2026-05-08T11:14:02Z)"),
        };

        public string? Ip(string name) => Text(name) switch
        {
            null => null,
            var text when EntryParser.TryParseIp(text, out var address) => address.ToString(),
            _ => Refuse<string>(name, "must be an IPv4 or IPv6 address"),
        };

        public long Sequence(string name) => Text(name, required: true) switch
        {
            null => 0,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) => sequence,
            _ => Refuse<long>(name, "must be a whole number, 0 or more"),
        };

        public ExportFormat Format(string name) => Text(name, required: true) switch
        {
            null => default,
            "csv" => ExportFormat.Csv,
            "json" => ExportFormat.Json,
            _ => Refuse<ExportFormat>(name, "must be csv or json"),
        };

        public void RefuseTheRest()
        {
            foreach (var name in _rest.Keys)
            {
                Refuse<string>(name, "is not a field of this form");
            }
        }

        private T? Refuse<T>(string name, string message)
        {
            errors.Add(new ApiErrorDetail(name, message));
            return default;
        }
    }
}
