using System.Security.Cryptography;
using System.Text;
using AuditConsole.Streams.Destinations.Sending;
using AuditConsole.Streams.Destinations.Warehouse;

namespace AuditConsole.Streams.Destinations.Snowflake;

/// <summary>Snowflake, by the REST interface of Snowpipe Streaming.</summary>
internal sealed class SnowflakeKind : IDestinationKind, ISetupGuide
{
    internal const string Account = "account";
    internal const string User = "user";
    internal const string PrivateKey = "private_key";
    internal const string Passphrase = "passphrase";
    internal const string Database = "database";
    internal const string Schema = "schema";
    internal const string Table = "table";
    internal const string Pipe = "pipe";

    /// <inheritdoc/>
    public string Name => "snowflake";

    /// <inheritdoc/>
    public string DisplayName => "Snowflake";

    /// <inheritdoc/>
    public string Summary => "Streams entries as rows into a table of Snowflake within seconds, by Snowpipe Streaming.";

    /// <inheritdoc/>
    public IReadOnlyList<DestinationField> Fields { get; } =
    [
        new(Account, "Account", "The account identifier: what stands before .snowflakecomputing.com in the account's address.") { Placeholder = "acme-prod1" },
        new(User, "User", "A user with key-pair authentication, whose default role may insert into the table.") { Placeholder = "AUDIT_CONSOLE" },
        new(PrivateKey, "Private key", "The user's RSA key in PEM form (PKCS #8); its public half is set with ALTER USER.") { IsSecret = true, IsLong = true, Placeholder = "-----BEGIN PRIVATE KEY-----" },
        new(Passphrase, "Passphrase", "Of an encrypted private key.") { IsSecret = true, IsOptional = true },
        new(Database, "Database", "The database of the table.") { Placeholder = "SECURITY" },
        new(Schema, "Schema", "The schema of the table.") { Default = "PUBLIC" },
        new(Table, "Table", "Make it first, with the statement shown.") { Default = "AUDIT_LOG" },
        new(Pipe, "Pipe", "A pipe of your own; without one, that which Snowflake has for the table.") { IsOptional = true, Placeholder = "AUDIT_LOG-STREAMING" },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StreamFormat> Formats { get; } = [StreamFormat.Json];

    /// <inheritdoc/>
    public IReadOnlyList<FieldProblem> Check(DestinationSettings settings)
    {
        var checks = new SettingChecks(Fields, settings).Basics();
        checks.Require(
            Account, account => account.Length <= 200 && account.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                && !account.EndsWith("snowflakecomputing.com", StringComparison.OrdinalIgnoreCase),
            "This is no account identifier: enter what stands before .snowflakecomputing.com, without https://.");
        foreach (var field in new[] { User, Database, Schema, Table })
        {
            checks.Require(field, IsIdentifier, "A name has letters, digits, _ and $ here, and does not begin with a digit.");
        }
        checks.Require(Pipe, pipe => IsIdentifier(pipe.Replace('-', '_')), "The name of a pipe has letters, digits, _, - and $ here.");
        if (settings[PrivateKey] is { } key && KeyProblem(key, settings[Passphrase]) is var (field2, problem))
        {
            checks.Add(field2, problem);
        }
        return checks.Problems;
    }

    /// <inheritdoc/>
    public IDestination Open(DestinationSettings settings, DestinationContext context) => new SnowflakeDestination(settings, context);

    /// <inheritdoc/>
    public IReadOnlyList<SetupText> SetupTexts(DestinationSettings settings)
    {
        var table = $"{settings[Database] ?? "DATABASE"}.{settings[Schema] ?? "PUBLIC"}.{settings[Table] ?? "AUDIT_LOG"}".ToUpperInvariant();
        return
        [
            new("Table", "Run it in Snowflake.", CreateTable(table)),
            new("Rights", "Run it in Snowflake, with the name of the user's default role in the place of ROLE.", Grants(settings, table)),
            new("Public key", "Run it in Snowflake.", $"ALTER USER {settings[User]?.ToUpperInvariant() ?? "USER"} SET RSA_PUBLIC_KEY='{PublicKey(settings)}';"),
            new("View without duplicates", "Run it in Snowflake: after a failure a row may come twice, always with the same id.",
                $"CREATE VIEW {table}_ONCE AS\nSELECT * FROM {table}\nQUALIFY ROW_NUMBER() OVER (PARTITION BY TENANT_ID, ID ORDER BY RECORDED_AT) = 1;"),
        ];
    }

    private static string Grants(DestinationSettings settings, string table)
    {
        var parts = table.Split('.');
        var grants = $"GRANT USAGE ON DATABASE {parts[0]} TO ROLE ROLE;\nGRANT USAGE ON SCHEMA {parts[0]}.{parts[1]} TO ROLE ROLE;\nGRANT INSERT ON TABLE {table} TO ROLE ROLE;";
        return settings[Pipe] is { } pipe && !pipe.EndsWith("-STREAMING", StringComparison.OrdinalIgnoreCase) ? $"{grants}\nGRANT OPERATE ON PIPE {parts[0]}.{parts[1]}.{pipe.ToUpperInvariant()} TO ROLE ROLE;" : grants;
    }

    /// <summary>The name of a type in Snowflake.</summary>
    internal static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Integer => "NUMBER(19,0)",
        ColumnType.Time => "TIMESTAMP_TZ(3)",
        ColumnType.Json => "VARIANT",
        _ => "VARCHAR",
    };

    internal static string CreateTable(string table)
    {
        var text = new StringBuilder($"CREATE TABLE {table} (\n");
        text.AppendJoin(",\n", EntryColumns.All.Select(column => $"  {column.Name.ToUpperInvariant()} {TypeOf(column.Type)}{(column.IsRequired ? " NOT NULL" : "")}"));
        return text.Append("\n);").ToString();
    }

    /// <summary>The key of the settings. The caller disposes it.</summary>
    internal static RSA KeyOf(string pem, string? passphrase)
    {
        var rsa = RSA.Create();
        try
        {
            if (passphrase is null)
            {
                rsa.ImportFromPem(pem);
            }
            else
            {
                rsa.ImportFromEncryptedPem(pem, passphrase);
            }
            return rsa;
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    private static (string Field, string Problem)? KeyProblem(string pem, string? passphrase)
    {
        var isEncrypted = pem.Contains("ENCRYPTED", StringComparison.Ordinal);
        if (isEncrypted && passphrase is null)
        {
            return (Passphrase, "The private key is encrypted: enter its passphrase.");
        }
        try
        {
            using var key = KeyOf(pem, isEncrypted ? passphrase : null);
            return key.KeySize < 2048 ? (PrivateKey, "Snowflake takes RSA keys of 2048 bits or more.") : null;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            return isEncrypted
                ? (Passphrase, "The passphrase doesn't open the private key, or the key was cut off.")
                : (PrivateKey, "This is no RSA private key in PEM form. It begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.");
        }
    }

    private static string PublicKey(DestinationSettings settings)
    {
        if (settings[PrivateKey] is not { } pem || KeyProblem(pem, settings[Passphrase]) is not null)
        {
            return "PUBLIC KEY";
        }
        using var key = KeyOf(pem, pem.Contains("ENCRYPTED", StringComparison.Ordinal) ? settings[Passphrase] : null);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    private static bool IsIdentifier(string name) =>
        name.Length <= 255 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');
}
