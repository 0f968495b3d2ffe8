using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuditConsole.Storage.Sqlite.Migrations
{
    /// <summary>A key may serve all tenants.</summary>
    public partial class AllTenantsKeys : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => Rebuild(migrationBuilder, "NULL", "");

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            Rebuild(migrationBuilder, "NOT NULL", " WHERE \"TenantNumber\" IS NOT NULL");

        // By hand, in one transaction: Entity Framework's own way of making a table anew commits in its midst, and a kill
        // there would leave a database that no start can bring up to date. No table refers to this one.
        private static void Rebuild(MigrationBuilder migrationBuilder, string nullability, string where)
        {
            const string columns =
                """
                "Id", "AllowedAddresses", "CreatedAt", "CreatedBy", "ExpiresAt", "Hash", "Hint", "LastUsedAt", "Name", "ReplacedBy", "RevokedAt", "RevokedBy", "Scopes", "Slug", "TenantNumber"
                """;
            migrationBuilder.Sql(
                $"""
                CREATE TABLE "api_key_made_anew" (
                    "Id" TEXT NOT NULL CONSTRAINT "PK_api_key" PRIMARY KEY,
                    "AllowedAddresses" TEXT NULL,
                    "CreatedAt" INTEGER NOT NULL,
                    "CreatedBy" TEXT NOT NULL,
                    "ExpiresAt" INTEGER NULL,
                    "Hash" BLOB NOT NULL,
                    "Hint" TEXT NOT NULL,
                    "LastUsedAt" INTEGER NULL,
                    "Name" TEXT NOT NULL,
                    "ReplacedBy" TEXT NULL,
                    "RevokedAt" INTEGER NULL,
                    "RevokedBy" TEXT NULL,
                    "Scopes" TEXT NOT NULL,
                    "Slug" TEXT NOT NULL,
                    "TenantNumber" INTEGER {nullability},
                    CONSTRAINT "FK_api_key_tenant_TenantNumber" FOREIGN KEY ("TenantNumber") REFERENCES "tenant" ("Number")
                );
                INSERT INTO "api_key_made_anew" ({columns}) SELECT {columns} FROM "api_key"{where};
                DROP TABLE "api_key";
                ALTER TABLE "api_key_made_anew" RENAME TO "api_key";
                CREATE UNIQUE INDEX "IX_api_key_Hash" ON "api_key" ("Hash");
                CREATE INDEX "IX_api_key_TenantNumber" ON "api_key" ("TenantNumber");
                """);
        }
    }
}
