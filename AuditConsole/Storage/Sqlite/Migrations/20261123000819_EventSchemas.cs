using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuditConsole.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class EventSchemas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "event_schema",
                columns: table => new
                {
                    Number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    TenantNumber = table.Column<int>(type: "INTEGER", nullable: true),
                    Action = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    Body = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_event_schema", x => x.Number);
                    table.ForeignKey(
                        name: "FK_event_schema_tenant_TenantNumber",
                        column: x => x.TenantNumber,
                        principalTable: "tenant",
                        principalColumn: "Number");
                });

            migrationBuilder.CreateTable(
                name: "schema_requirement",
                columns: table => new
                {
                    TenantNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    Action = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    Since = table.Column<long>(type: "INTEGER", nullable: false),
                    DecidedBy = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schema_requirement", x => new { x.TenantNumber, x.Action });
                    table.ForeignKey(
                        name: "FK_schema_requirement_tenant_TenantNumber",
                        column: x => x.TenantNumber,
                        principalTable: "tenant",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_event_schema_Id",
                table: "event_schema",
                column: "Id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_event_schema_TenantNumber_Action_Version",
                table: "event_schema",
                columns: new[] { "TenantNumber", "Action", "Version" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "event_schema");

            migrationBuilder.DropTable(
                name: "schema_requirement");
        }
    }
}
