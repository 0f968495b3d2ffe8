using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuditConsole.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class PortalIntents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Intent",
                table: "portal_link",
                type: "TEXT",
                nullable: false,
                defaultValue: "AuditLogs");

            migrationBuilder.AddColumn<string>(
                name: "SuccessUrl",
                table: "portal_link",
                type: "TEXT",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Intent",
                table: "portal_link");

            migrationBuilder.DropColumn(
                name: "SuccessUrl",
                table: "portal_link");
        }
    }
}
