using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using AuditConsole.Core;
using AuditConsole.Exports;
using CsvHelper;

namespace AuditConsole.Tests.Exports;

public sealed class EntryFileTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "'\r=1")]
    [InlineData("'=1", "''=1")]
    [InlineData("'", "''")]
    [InlineData("\"", "\"")]
    [InlineData("\"=1\"", "\"=1\"")]
    [InlineData("\n=1", "\n=1")]
    [InlineData(" =1", " =1")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public async Task A_cell_that_a_spreadsheet_could_run_gets_one_apostrophe(string slug, string cell)
    {
        var read = ReadCsv(await Write(ExportFormat.Csv, Entry(slug)));

        Assert.Equal(cell, read[1][3]);
        Assert.Equal(slug, SpreadsheetCell.Unescape(read[1][3]));
    }

    [Theory]
    [InlineData("a\"b")]
    [InlineData("a,b")]
    [InlineData("a\r\nb")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData(" a ")]
    [InlineData("\u202Egnp.exe")]
    [InlineData("😀")]
    [InlineData("\u2028")]
    public async Task Hostile_text_comes_back_as_it_was(string text)
    {
        var entry = Entry(text) with { Content = Entry(text).Content with { Actor = new Actor("user", text), Metadata = CanonicalObject.From(new { text }) } };

        var read = ReadCsv(await Write(ExportFormat.Csv, entry, Entry("next")));

        Assert.Equal(3, read.Count);
        Assert.Equal((text, text, "next"), (read[1][1], read[1][3], read[2][3]));
        Assert.Equal(entry.Content.Metadata.ToString(), read[1][8]);
    }

    [Theory]
    [InlineData("a;=1")]
    [InlineData("a\t=1")]
    public async Task What_another_separator_would_cut_into_a_formula_stands_in_quotes(string slug) =>
        Assert.Contains($",\"{slug}\",", Text(await Write(ExportFormat.Csv, Entry(slug))), StringComparison.Ordinal);

    [Fact]
    public async Task The_file_begins_with_a_byte_order_mark_and_the_columns_and_ends_its_lines_as_windows_does()
    {
        var entry = Entry("backend-standards");
        entry = entry with
        {
            Content = entry.Content with { Actor = new Actor(Actor.ApiKeyType, "key_7", "acme-web-ci"), EngineVersion = "3.2.0", Ip = IPAddress.Parse("2001:db8::1") },
        };

        Assert.Equal(
            "\uFEFFoccurredAt,actor,entityType,entitySlug,entityVersion,action,engineVersion,clientIp,payload\r\n" +
            "2026-05-08T11:14:02.123,API key: acme-web-ci,Profile,backend-standards,1.5.0,ProfilePublished,3.2.0,2001:db8::1,\"{\"\"a\"\":1}\"\r\n",
            Text(await Write(ExportFormat.Csv, entry)));
    }

    [Fact]
    public async Task Where_there_is_no_slug_the_id_stands_in() =>
        Assert.Equal("prf_12", ReadCsv(await Write(ExportFormat.Csv, Entry(null)))[1][3]);

    [Fact]
    public async Task Json_is_an_array_of_wire_entries()
    {
        AuditEntry[] entries = [Entry("a"), Entry("b\r\n\"") with { Sequence = 8 }];

        using var read = JsonDocument.Parse(await Write(ExportFormat.Json, entries));

        Assert.Equal(entries.Select(Wire), read.RootElement.EnumerateArray().Select(element => element.GetRawText()));
    }

    [Fact]
    public async Task Json_of_no_entries_is_an_empty_array()
    {
        using var read = JsonDocument.Parse(await Write(ExportFormat.Json));

        Assert.Equal(0, read.RootElement.GetArrayLength());
    }

    internal static string Wire(AuditEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EntryJson.Write(entry, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static List<string[]> ReadCsv(byte[] file)
    {
        using var reader = CsvReader.Create(file, new CsvReaderOptions { HasHeader = false, Separator = ',' });
        var records = new List<string[]>();
        while (reader.Read())
        {
            records.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }
        return records;
    }

    private static async Task<byte[]> Write(ExportFormat format, params AuditEntry[] entries)
    {
        var stream = new MemoryStream();
        var file = EntryFile.Create(format, stream);
        foreach (var entry in entries)
        {
            await file.WriteAsync(entry, default);
        }
        await file.EndAsync(default);
        return stream.ToArray();
    }

    private static string Text(byte[] file) => Encoding.UTF8.GetString(file);

    private static AuditEntry Entry(string? slug) => new()
    {
        Id = Guid.Parse("0193fa11-0000-7000-8000-000000000001"),
        TenantId = Guid.Parse("0193fa11-0000-7000-8000-000000000002"),
        Sequence = 7,
        OccurredAt = new DateTimeOffset(2026, 5, 8, 11, 14, 2, 123, TimeSpan.Zero),
        RecordedAt = new DateTimeOffset(2026, 5, 8, 11, 14, 2, 200, TimeSpan.Zero),
        RecordedBy = "key:key_7",
        Content = new NewEntry
        {
            Actor = new Actor("user", "usr_41"),
            Action = "ProfilePublished",
            Target = new Resource("Profile", "prf_12", slug, "1.5.0"),
            Metadata = CanonicalObject.From(new { a = 1 }),
        },
        Salt = DetailsSalt.Create(),
        Leaf = default,
        PreviousHash = default,
        Hash = default,
    };
}
