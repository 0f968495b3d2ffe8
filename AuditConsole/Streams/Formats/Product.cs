namespace AuditConsole.Streams.Formats;

/// <summary>How the service names itself to SIEMs.</summary>
internal static class Product
{
    /// <summary>The vendor and the product.</summary>
    public const string Name = "AuditConsole";

    /// <summary>Where a name has no capitals: a syslog application, a source, a service.</summary>
    public const string Slug = "audit-console";

    /// <summary>The version, as <c>1.0.0</c>.</summary>
    public static readonly string Version = typeof(Product).Assembly.GetName().Version!.ToString(3);
}
