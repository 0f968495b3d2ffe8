using System.Globalization;
using System.Text.Json.Nodes;
using AuditConsole.Identity;
using AuditConsole.Schemas;
using Microsoft.AspNetCore.Components;

namespace AuditConsole.EventTypes;

/// <summary>One action: the versions of its schema, whether it is required, and what recent and pasted events have against it.</summary>
public sealed partial class EventTypePage : AdminPage
{
    private const string Blank =
        """
        {
          "targets": [
            { "type": "" }
          ],
          "metadata": {
            "type": "object",
            "properties": {}
          }
        }
        """;

    private const string BlankEvent =
        """
        {
          "actor": { "type": "user", "id": "usr_1" },
          "targets": [ { "type": "", "id": "" } ],
          "metadata": {}
        }
        """;

    [Inject]
    private EventTypeService Service { get; init; } = default!;

    [Inject]
    private SchemaRegistry Registry { get; init; } = default!;

    /// <summary>The action.</summary>
    [SupplyParameterFromQuery(Name = "action")]
    public string? Action { get; set; }

    /// <summary>The older version to compare.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    public int? From { get; set; }

    /// <summary>The newer version to compare.</summary>
    [SupplyParameterFromQuery(Name = "to")]
    public int? To { get; set; }

    /// <inheritdoc/>
    protected override Permission Needs => Permission.ManageSchemas;

    private string Name => Action?.Trim() is { Length: > 0 } name ? name : "Event type";

    private EventType? Type { get; set; }

    private string Draft { get; set; } = "";

    private string Against { get; set; } = "";

    private string Tried { get; set; } = "";

    private IReadOnlyList<SchemaProblem>? TriedProblems { get; set; }

    private RecentCheck? Checked { get; set; }

    private SchemaVersionRow? Newer => Find(To) ?? (Type?.Versions.Count > 1 ? Type.Versions[0] : null);

    private SchemaVersionRow? Older => Find(From) ?? (Newer is null ? null : Before(Newer));

    private string Verdict
    {
        get
        {
            var checkedOnes = Checked!;
            var judged = checkedOnes.LookedAt - checkedOnes.NotJudged;
            var text = checkedOnes.Failing == 0
                ? $"None of the newest {Number(judged)} would have been refused."
                : $"{Number(checkedOnes.Failing)} of the newest {Number(judged)} would have been refused.";
            return checkedOnes.NotJudged == 0 ? text : $"{text} {Number(checkedOnes.NotJudged)} more can’t be judged: a part of them was redacted, sealed or withheld.";
        }
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        var (userId, _) = await WhoAsync();
        var isFirst = Type is null;
        Type = await Service.GetAsync(userId, Member?.TenantSlug, Name, Gone);
        if (isFirst)
        {
            Draft = Type.Versions.Count > 0 ? Readable(Type.Versions[0].Body) : Blank;
            Tried = Type.Samples.Count > 0 ? EntryOutline.EventOf(Type.Samples[0].Content) : BlankEvent;
            Against = NewestName();
        }
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        (Type, TriedProblems, Checked) = (null, null, null);
    }

    private static string Readable(string body) => EntryOutline.Format(JsonNode.Parse(body));

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private string NewestName() => Type!.Versions.Count > 0 ? Type.Versions[0].Version.ToString(CultureInfo.InvariantCulture) : "";

    private SchemaVersionRow? Find(int? version) => Type?.Versions.FirstOrDefault(row => row.Version == version);

    private SchemaVersionRow? Before(SchemaVersionRow version) => Type?.Versions.FirstOrDefault(row => row.Version < version.Version);

    private EventSchemaDocument Chosen() => EventTypeService.Read(Type!.Versions.FirstOrDefault(row => row.Version.ToString(CultureInfo.InvariantCulture) == Against)?.Body ?? Draft);

    private Task RequireAsync(bool required) => ActAsync(async () =>
    {
        var (userId, client) = await WhoAsync();
        await Registry.RequireAsync(userId, Member?.TenantSlug, Name, required, client, Gone);
        Done = required ? $"Events of {Name} are refused from now on if they don’t match." : $"Events of {Name} are taken again whether they match or not.";
    });

    private async Task RegisterAsync()
    {
        var had = Type!.Versions.Count > 0 ? Type.Versions[0].Version : 0;
        EventSchema? registered = null;
        await ActAsync(async () =>
        {
            var (userId, client) = await WhoAsync();
            registered = await Service.RegisterAsync(userId, Member?.TenantSlug, Name, Draft, client, Gone);
        });
        if (registered is not null)
        {
            Against = NewestName();
            Done = registered.Version == had ? $"That is version {had} as it stands: nothing was registered." : $"Version {registered.Version} is registered.";
        }
    }

    private async Task ProposeAsync()
    {
        string? schema = null;
        var lookedAt = 0;
        await ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            (schema, lookedAt) = await Service.ProposeAsync(userId, Member?.TenantSlug, Name, Gone);
        });
        if (schema is not null)
        {
            (Draft, Against) = (schema, "");
            Done = $"The text below is what the newest {Number(lookedAt)} entries have in common. Read it, change it, then register it.";
        }
        else if (Problem is null)
        {
            Done = "None of the recent entries can be used: a part of each was redacted, sealed or withheld.";
        }
    }

    private Task TryAsync()
    {
        (TriedProblems, Checked) = (null, null);
        return ActAsync(() =>
        {
            TriedProblems = TriedEvent.Check(Tried, Chosen());
            return Task.CompletedTask;
        });
    }

    private Task CheckRecentAsync()
    {
        (TriedProblems, Checked) = (null, null);
        return ActAsync(async () =>
        {
            var (userId, _) = await WhoAsync();
            Checked = await Service.CheckRecentAsync(userId, Member?.TenantSlug, Name, Chosen(), Gone);
        });
    }
}
