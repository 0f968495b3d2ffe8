using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuditConsole.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Checkpoints : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "checkpoint",
                columns: table => new
                {
                    TenantNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    Time = table.Column<long>(type: "INTEGER", nullable: false),
                    KeyId = table.Column<string>(type: "TEXT", nullable: false),
                    Note = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_checkpoint", x => new { x.TenantNumber, x.Size });
                    table.ForeignKey(
                        name: "FK_checkpoint_tenant_TenantNumber",
                        column: x => x.TenantNumber,
                        principalTable: "tenant",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "checkpoint_publication",
                columns: table => new
                {
                    TenantNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    PublishedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_checkpoint_publication", x => new { x.TenantNumber, x.Target });
                    table.ForeignKey(
                        name: "FK_checkpoint_publication_tenant_TenantNumber",
                        column: x => x.TenantNumber,
                        principalTable: "tenant",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "verification",
                columns: table => new
                {
                    TenantNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    Hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Frontier = table.Column<byte[]>(type: "BLOB", nullable: false),
                    VerifiedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    WalkSize = table.Column<long>(type: "INTEGER", nullable: false),
                    WalkHash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    WalkFrontier = table.Column<byte[]>(type: "BLOB", nullable: false),
                    WalkStartedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    WalkMilliseconds = table.Column<long>(type: "INTEGER", nullable: false),
                    FullAt = table.Column<long>(type: "INTEGER", nullable: true),
                    FullSize = table.Column<long>(type: "INTEGER", nullable: false),
                    FullMilliseconds = table.Column<long>(type: "INTEGER", nullable: false),
                    FullBy = table.Column<string>(type: "TEXT", nullable: true),
                    FaultSequence = table.Column<long>(type: "INTEGER", nullable: true),
                    FaultReason = table.Column<string>(type: "TEXT", nullable: true),
                    FaultFoundAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_verification", x => x.TenantNumber);
                    table.ForeignKey(
                        name: "FK_verification_tenant_TenantNumber",
                        column: x => x.TenantNumber,
                        principalTable: "tenant",
                        principalColumn: "Number",
                        onDelete: ReferentialAction.Cascade);
                });
            migrationBuilder.Sql(TreeSchema.Initial);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE tree_block; DROP TABLE tree_node; DROP TABLE tree;");
            migrationBuilder.DropTable(
                name: "checkpoint");

            migrationBuilder.DropTable(
                name: "checkpoint_publication");

            migrationBuilder.DropTable(
                name: "verification");
        }
    }
}
