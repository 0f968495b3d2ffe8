namespace AuditConsole.Tenants;

/// <summary>What an account decided for itself, as requests ask for it.</summary>
/// <param name="Tenant">The number in the store.</param>
/// <param name="TenantId">The UUID of the wire.</param>
/// <param name="Slug">The name in URLs.</param>
/// <param name="Name">For people.</param>
/// <param name="ExternalId">The name in other systems.</param>
/// <param name="ProgrammaticReading">Whether keys may read.</param>
/// <param name="ReadsPerMinute">Its own limit of reading requests, a minute and key; null for the service's.</param>
/// <param name="WritesPerMinute">Its own limit of appending requests, a minute and key; null for the service's.</param>
/// <param name="LogsReads">Whether views and exports are entries of its log.</param>
public sealed record TenantSettings(
    int Tenant, Guid TenantId, string Slug, string Name, string? ExternalId, bool ProgrammaticReading,
    int? ReadsPerMinute, int? WritesPerMinute, bool LogsReads)
{
    /// <summary>Whether a name means this account: its id, slug or external id.</summary>
    public bool IsCalled(string name) =>
        Guid.TryParse(name, out var id) ? id == TenantId : name == Slug || name == ExternalId;

    /// <summary>Whether the WorkOS API means this account by it: its external id or its id.</summary>
    public bool IsOrganization(string name) => Guid.TryParse(name, out var id) ? id == TenantId : ExternalId is not null && name == ExternalId;

    internal static TenantSettings Of(Tenant tenant) => new(
        tenant.Number, tenant.Id, tenant.Slug, tenant.Name, tenant.ExternalId, tenant.ProgrammaticReading,
        tenant.ReadsPerMinute, tenant.WritesPerMinute, tenant.LogsReads);
}
