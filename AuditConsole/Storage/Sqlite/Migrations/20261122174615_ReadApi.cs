using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuditConsole.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class ReadApi : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "LogsReads",
                table: "tenant",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "ProgrammaticReading",
                table: "tenant",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "ReadsPerMinute",
                table: "tenant",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "WritesPerMinute",
                table: "tenant",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "AllowedAddresses",
                table: "api_key",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ReplacedBy",
                table: "api_key",
                type: "TEXT",
                nullable: true);

            migrationBuilder.Sql(EntryLookupSchema.Initial);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "LogsReads",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "ProgrammaticReading",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "ReadsPerMinute",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "WritesPerMinute",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "AllowedAddresses",
                table: "api_key");

            migrationBuilder.DropColumn(
                name: "ReplacedBy",
                table: "api_key");
        }
    }
}
