namespace AuditConsole.Exports;

/// <summary>A form in which entries are downloaded.</summary>
public enum ExportFormat
{
    /// <summary>For spreadsheets.</summary>
    Csv,

    /// <summary>An array of wire entries.</summary>
    Json,

    /// <summary>Wire entries, one a line.</summary>
    Ndjson,
}
