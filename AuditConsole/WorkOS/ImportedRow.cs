using AuditConsole.Tenants;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuditConsole.WorkOS;

/// <summary>That a row of a WorkOS export is in the log, so that no later import adds it again. Kept for good.</summary>
public sealed class ImportedRow
{
    /// <summary>Whose log.</summary>
    public int TenantNumber { get; set; }

    /// <summary>The tenant.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>The row's identity: 32 hexadecimal digits.</summary>
    public required string Identity { get; set; }

    private sealed class Configuration : IEntityTypeConfiguration<ImportedRow>
    {
        public void Configure(EntityTypeBuilder<ImportedRow> builder)
        {
            builder.ToTable("workos_imported_row");
            builder.HasKey(row => new { row.TenantNumber, row.Identity });
            builder.HasOne(row => row.Tenant).WithMany().HasForeignKey(row => row.TenantNumber);
        }
    }
}
