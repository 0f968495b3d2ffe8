using System.Buffers;
using System.Text.Json.Nodes;
using AuditConsole.Core;
using AuditConsole.Exports;
using AuditConsole.Streams.Destinations;
using AuditConsole.Streams.Destinations.Google;
using AuditConsole.Streams.Destinations.Snowflake;
using AuditConsole.Streams.Destinations.Warehouse;
using AuditConsole.Tests.Core;
using AuditConsole.Tests.Streams.Formats;

namespace AuditConsole.Tests.Streams.Destinations;

/// <summary>The wire entry, the CSV, BigQuery and Snowflake have the fields of one list.</summary>
public sealed class ColumnTests
{
    // What is a JSON value in one column; all other objects of the wire entry are taken apart.
    private static readonly string[] Whole = [.. EntryColumns.All.Where(column => column.Type == ColumnType.Json).Select(column => column.Path)];

    [Fact]
    public void Every_field_of_the_wire_entry_is_a_column_and_every_column_a_field()
    {
        var seen = new HashSet<string>();
        for (var seed = 0; seed < 200; seed++)
        {
            var entry = Random(seed);
            var wire = Fields(Wire(entry));
            var row = Row(entry);
            Assert.Equal(wire.Keys.Order(), row.Select(cell => EntryColumns.All.Single(column => column.Name == cell.Key).Path).Order());
            Assert.All(row, cell => Assert.Equal(wire[EntryColumns.All.Single(column => column.Name == cell.Key).Path]!.ToJsonString(), cell.Value!.ToJsonString()));
            Assert.All(EntryColumns.All.Where(column => column.IsRequired), column => Assert.True(row.ContainsKey(column.Name), column.Name));
            seen.UnionWith(wire.Keys);
        }
        Assert.Equal(EntryColumns.All.Select(column => column.Path).Order(), seen.Order());
    }

    [Fact]
    public void The_columns_of_the_CSV_are_among_them() =>
        Assert.Equal(CsvEntryFile.Columns.Order(), EntryColumns.All.Select(column => column.Csv).OfType<string>().Order());

    [Fact]
    public void BigQuery_Snowflake_and_the_documentation_have_them_in_this_order()
    {
        var names = EntryColumns.All.Select(column => column.Name).ToList();
        Assert.Equal(names, JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(BigQueryColumns.Schema()))!["fields"]!.AsArray().Select(field => field!["name"]!.GetValue<string>()));
        Assert.Equal(names, Created(BigQueryKind.CreateTable("t")));
        Assert.Equal(names, Created(SnowflakeKind.CreateTable("t")).Select(name => name.ToLowerInvariant()));
        var documented = RepositoryFile.Read("docs/warehouses.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            EntryColumns.All.Select(column => $"| `{column.Name}` | `{column.Path}` | {BigQueryKind.TypeOf(column.Type)} | {SnowflakeKind.TypeOf(column.Type)} | {(column.Csv is null ? "" : $"`{column.Csv}`")} |"),
            documented);
    }

    private static IEnumerable<string> Created(string statement) =>
        statement.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]);

    private static AuditEntry Random(int seed)
    {
        var entry = new RandomEntry(seed).After(ChainHead.Empty, FormatEntries.Tenant);
        return (seed % 7) switch
        {
            0 => entry with
            {
                Content = new NewEntry { Actor = new Actor("user", "usr_1"), Action = "RuleCreated", Target = new Resource("Rule", "rul_1") },
                Withheld = new WithheldDetails(entry.Hash, entry.RecordedAt, "usr_9", null, "asked for", 7),
            },
            1 => entry with { Content = entry.Content with { Signature = new EntrySignature("sgk_1", "AAAA") } },
            _ => entry,
        };
    }

    private static JsonObject Wire(AuditEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        EntryJson.Write(entry, output);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }

    private static JsonObject Row(AuditEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        EntryColumns.WriteRow(entry, output, jsonAsText: false);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }

    private static Dictionary<string, JsonNode?> Fields(JsonObject wire) => wire
        .SelectMany(member => member.Value is JsonObject inner && !Whole.Contains(member.Key)
            ? inner.Select(each => KeyValuePair.Create($"{member.Key}.{each.Key}", each.Value)) : [member])
        .ToDictionary(field => field.Key, field => field.Value);
}
