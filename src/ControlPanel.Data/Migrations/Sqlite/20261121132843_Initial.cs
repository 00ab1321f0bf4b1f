using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ControlPanel.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_anchors",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    mac = table.Column<byte[]>(type: "BLOB", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_anchors", x => x.sequence);
                }
            );

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    actor_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    actor_name = table.Column<string>(type: "TEXT", nullable: false),
                    door = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    target_kind = table.Column<string>(type: "TEXT", nullable: false),
                    target_id = table.Column<string>(type: "TEXT", nullable: false),
                    target_name = table.Column<string>(type: "TEXT", nullable: false),
                    result = table.Column<string>(type: "TEXT", nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    address = table.Column<string>(type: "TEXT", nullable: false),
                    request_id = table.Column<string>(type: "TEXT", nullable: false),
                    group_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    master_key_version = table.Column<int>(type: "INTEGER", nullable: false),
                    mac = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_entries", x => x.sequence);
                }
            );

            migrationBuilder.CreateTable(
                name: "change_clock",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    epoch = table.Column<Guid>(type: "TEXT", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_change_clock", x => x.id);
                    table.CheckConstraint("ck_change_clock_one_row", "id = 1");
                }
            );

            migrationBuilder.CreateTable(
                name: "expiration_marks",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    days = table.Column<int>(type: "INTEGER", nullable: false),
                    reached_at = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_expiration_marks",
                        x => new
                        {
                            x.key_id,
                            x.expires_at,
                            x.days,
                        }
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "expiration_notices",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    days = table.Column<int>(type: "INTEGER", nullable: false),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    taken_until = table.Column<long>(type: "INTEGER", nullable: true),
                    sent_at = table.Column<long>(type: "INTEGER", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_expiration_notices",
                        x => new
                        {
                            x.key_id,
                            x.expires_at,
                            x.days,
                            x.user_id,
                        }
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "master_key_checks",
                columns: table => new
                {
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    check_value = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_master_key_checks", x => x.version);
                }
            );

            migrationBuilder.CreateTable(
                name: "people",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_totp_step = table.Column<long>(type: "INTEGER", nullable: false),
                    sealed_totp_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    user_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    normalized_user_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    email = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    normalized_email = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    email_confirmed = table.Column<bool>(type: "INTEGER", nullable: false),
                    password_hash = table.Column<string>(type: "TEXT", nullable: true),
                    security_stamp = table.Column<string>(type: "TEXT", nullable: true),
                    concurrency_stamp = table.Column<string>(type: "TEXT", nullable: true),
                    phone_number = table.Column<string>(type: "TEXT", nullable: true),
                    phone_number_confirmed = table.Column<bool>(type: "INTEGER", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    lockout_end = table.Column<long>(type: "INTEGER", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    access_failed_count = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_people", x => x.id);
                }
            );

            migrationBuilder.CreateTable(
                name: "refused_uses",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                    request_id = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    key_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    family = table.Column<byte>(type: "INTEGER", nullable: false),
                    reason = table.Column<byte>(type: "INTEGER", nullable: false),
                    operation = table.Column<string>(type: "TEXT", maxLength: 512, nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    client = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    count = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_refused_uses", x => x.id);
                }
            );

            migrationBuilder.CreateTable(
                name: "teams",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    requires_two_factor = table.Column<bool>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_teams", x => x.id);
                }
            );

            migrationBuilder.CreateTable(
                name: "verifying_nodes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    applied_version = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_verifying_nodes", x => x.id);
                }
            );

            migrationBuilder.CreateTable(
                name: "passkeys",
                columns: table => new
                {
                    credential_id = table.Column<byte[]>(type: "BLOB", maxLength: 1023, nullable: false),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    public_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    sign_count = table.Column<long>(type: "INTEGER", nullable: false),
                    transports = table.Column<string>(type: "TEXT", nullable: true),
                    is_user_verified = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_backup_eligible = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_backed_up = table.Column<bool>(type: "INTEGER", nullable: false),
                    attestation_object = table.Column<byte[]>(type: "BLOB", nullable: false),
                    client_data_json = table.Column<byte[]>(type: "BLOB", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_passkeys", x => x.credential_id);
                    table.ForeignKey(
                        name: "FK_passkeys_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "recovery_codes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    code_hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recovery_codes", x => x.id);
                    table.ForeignKey(
                        name: "FK_recovery_codes_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "user_claims",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    claim_type = table.Column<string>(type: "TEXT", nullable: true),
                    claim_value = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_user_claims", x => x.id);
                    table.ForeignKey(
                        name: "FK_user_claims_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "user_logins",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "TEXT", nullable: false),
                    provider_key = table.Column<string>(type: "TEXT", nullable: false),
                    provider_display_name = table.Column<string>(type: "TEXT", nullable: true),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_user_logins", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "FK_user_logins_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "user_tokens",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    login_provider = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_user_tokens",
                        x => new
                        {
                            x.user_id,
                            x.login_provider,
                            x.name,
                        }
                    );
                    table.ForeignKey(
                        name: "FK_user_tokens_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "buckets",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 63, nullable: false),
                    region = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    removed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_buckets", x => x.id);
                    table.ForeignKey(
                        name: "FK_buckets_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "invitations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    email = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    role = table.Column<byte>(type: "INTEGER", nullable: false),
                    token_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    invited_by = table.Column<Guid>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    accepted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    withdrawn_at = table.Column<long>(type: "INTEGER", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_invitations", x => x.id);
                    table.ForeignKey(
                        name: "FK_invitations_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "memberships",
                columns: table => new
                {
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    role = table.Column<byte>(type: "INTEGER", nullable: false),
                    joined_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_active_at = table.Column<long>(type: "INTEGER", nullable: true),
                    removed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_memberships", x => new { x.team_id, x.user_id });
                    table.CheckConstraint("ck_memberships_role", "role BETWEEN 1 AND 6");
                    table.ForeignKey(
                        name: "FK_memberships_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                    table.ForeignKey(
                        name: "FK_memberships_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "models",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    model_id = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    modality = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    batch_capable = table.Column<bool>(type: "INTEGER", nullable: false),
                    price_note = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    removed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_models", x => x.id);
                    table.ForeignKey(
                        name: "FK_models_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "namespaces",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    label = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    region = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    upstream_url = table.Column<string>(type: "TEXT", maxLength: 512, nullable: true),
                    sealed_upstream_credential = table.Column<byte[]>(type: "BLOB", nullable: true),
                    seal_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    upstream_credential_version = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<Guid>(type: "TEXT", nullable: false),
                    deleted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_namespaces", x => x.id);
                    table.ForeignKey(
                        name: "FK_namespaces_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    authenticated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    proved_two_factors = table.Column<bool>(type: "INTEGER", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    client = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions", x => x.id);
                    table.ForeignKey(
                        name: "FK_sessions_people_user_id",
                        column: x => x.user_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                    table.ForeignKey(
                        name: "FK_sessions_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id"
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "upstreams",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    url = table.Column<string>(type: "TEXT", maxLength: 512, nullable: false),
                    settings = table.Column<string>(type: "TEXT", nullable: false),
                    sealed_credential = table.Column<byte[]>(type: "BLOB", nullable: true),
                    credential_version = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    removed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_upstreams", x => x.id);
                    table.ForeignKey(
                        name: "FK_upstreams_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "vpc_networks",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    description = table.Column<string>(type: "TEXT", maxLength: 255, nullable: false),
                    region = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    ranges = table.Column<string>(type: "TEXT", nullable: false),
                    is_default = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    deleted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vpc_networks", x => x.id);
                    table.ForeignKey(
                        name: "FK_vpc_networks_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "webhook_endpoints",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 512, nullable: false),
                    event_types = table.Column<string>(type: "TEXT", maxLength: 1024, nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", nullable: false),
                    secret_version = table.Column<int>(type: "INTEGER", nullable: false),
                    sealed_previous_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    previous_secret_until = table.Column<long>(type: "INTEGER", nullable: true),
                    is_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_gone = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<Guid>(type: "TEXT", nullable: false),
                    failing_since = table.Column<long>(type: "INTEGER", nullable: true),
                    last_attempt_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_status = table.Column<int>(type: "INTEGER", nullable: true),
                    last_fault = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_webhook_endpoints", x => x.id);
                    table.ForeignKey(
                        name: "FK_webhook_endpoints_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "access_keys",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    family = table.Column<byte>(type: "INTEGER", nullable: false),
                    is_legacy = table.Column<bool>(type: "INTEGER", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    owner_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    lookup_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    public_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    secret_mac = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    master_key_version = table.Column<int>(type: "INTEGER", nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    secret_version = table.Column<int>(type: "INTEGER", nullable: false),
                    namespace_id = table.Column<string>(type: "TEXT", nullable: true),
                    vpc_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    covers_all = table.Column<bool>(type: "INTEGER", nullable: false),
                    batch = table.Column<bool>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    suspended_until = table.Column<long>(type: "INTEGER", nullable: true),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revoked_by = table.Column<Guid>(type: "TEXT", nullable: true),
                    revoke_reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    replaces_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    change_version = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_access_keys", x => x.id);
                    table.CheckConstraint("ck_access_keys_family", "family BETWEEN 1 AND 4");
                    table.CheckConstraint("ck_access_keys_namespace", "family <> 1 OR namespace_id IS NOT NULL");
                    table.CheckConstraint(
                        "ck_access_keys_secret",
                        "secret_mac IS NOT NULL OR sealed_secret IS NOT NULL"
                    );
                    table.ForeignKey(
                        name: "FK_access_keys_access_keys_replaces_id",
                        column: x => x.replaces_id,
                        principalTable: "access_keys",
                        principalColumn: "id"
                    );
                    table.ForeignKey(
                        name: "FK_access_keys_namespaces_namespace_id",
                        column: x => x.namespace_id,
                        principalTable: "namespaces",
                        principalColumn: "id"
                    );
                    table.ForeignKey(
                        name: "FK_access_keys_people_owner_id",
                        column: x => x.owner_id,
                        principalTable: "people",
                        principalColumn: "id"
                    );
                    table.ForeignKey(
                        name: "FK_access_keys_teams_team_id",
                        column: x => x.team_id,
                        principalTable: "teams",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                    table.ForeignKey(
                        name: "FK_access_keys_vpc_networks_vpc_id",
                        column: x => x.vpc_id,
                        principalTable: "vpc_networks",
                        principalColumn: "id"
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "webhook_deliveries",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    team_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    endpoint_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    event_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    type = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    next_attempt_at = table.Column<long>(type: "INTEGER", nullable: true),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    last_attempt_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_status = table.Column<int>(type: "INTEGER", nullable: true),
                    last_fault = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    delivered_at = table.Column<long>(type: "INTEGER", nullable: true),
                    given_up_at = table.Column<long>(type: "INTEGER", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_webhook_deliveries", x => x.id);
                    table.ForeignKey(
                        name: "FK_webhook_deliveries_webhook_endpoints_endpoint_id",
                        column: x => x.endpoint_id,
                        principalTable: "webhook_endpoints",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "key_callers",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    client = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    calls = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_key_callers",
                        x => new
                        {
                            x.key_id,
                            x.day,
                            x.address,
                            x.client,
                        }
                    );
                    table.ForeignKey(
                        name: "FK_key_callers_access_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "access_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "key_grants",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    resource = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    permission = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_key_grants",
                        x => new
                        {
                            x.key_id,
                            x.resource,
                            x.permission,
                        }
                    );
                    table.ForeignKey(
                        name: "FK_key_grants_access_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "access_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "key_needs",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    resource = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    permission = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    first_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    calls = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_key_needs",
                        x => new
                        {
                            x.key_id,
                            x.resource,
                            x.permission,
                        }
                    );
                    table.ForeignKey(
                        name: "FK_key_needs_access_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "access_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "key_usage_hours",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    hour = table.Column<int>(type: "INTEGER", nullable: false),
                    calls = table.Column<long>(type: "INTEGER", nullable: false),
                    refused = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_key_usage_hours", x => new { x.key_id, x.hour });
                    table.ForeignKey(
                        name: "FK_key_usage_hours_access_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "access_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "key_usages",
                columns: table => new
                {
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    first_used_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_used_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_address = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    last_client = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    calls = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_key_usages", x => x.key_id);
                    table.ForeignKey(
                        name: "FK_key_usages_access_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "access_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade
                    );
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_change_version",
                table: "access_keys",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_expires_at",
                table: "access_keys",
                column: "expires_at",
                filter: "revoked_at IS NULL AND expires_at IS NOT NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_family_lookup_id",
                table: "access_keys",
                columns: new[] { "family", "lookup_id" },
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_namespace_id_name",
                table: "access_keys",
                columns: new[] { "namespace_id", "name" },
                unique: true,
                filter: "revoked_at IS NULL AND namespace_id IS NOT NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_owner_id_team_id",
                table: "access_keys",
                columns: new[] { "owner_id", "team_id" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_replaces_id",
                table: "access_keys",
                column: "replaces_id"
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_team_id_expires_at",
                table: "access_keys",
                columns: new[] { "team_id", "expires_at" },
                filter: "revoked_at IS NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_access_keys_team_id_family_created_at",
                table: "access_keys",
                columns: new[] { "team_id", "family", "created_at" },
                filter: "revoked_at IS NULL"
            );

            migrationBuilder.CreateIndex(name: "IX_access_keys_vpc_id", table: "access_keys", column: "vpc_id");

            migrationBuilder.CreateIndex(
                name: "ix_access_keys_full_access",
                table: "access_keys",
                column: "team_id",
                filter: "covers_all AND revoked_at IS NULL"
            );

            migrationBuilder.CreateIndex(
                name: "ix_access_keys_legacy",
                table: "access_keys",
                column: "team_id",
                filter: "is_legacy AND revoked_at IS NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_action_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "action", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_actor_id_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "actor_id", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_actor_name_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "actor_name", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_at_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "at", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_request_id_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "request_id", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_result_sequence_action_actor_name",
                table: "audit_entries",
                columns: new[] { "team_id", "result", "sequence", "action", "actor_name" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "sequence" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_team_id_target_id_sequence",
                table: "audit_entries",
                columns: new[] { "team_id", "target_id", "sequence" }
            );

            migrationBuilder.CreateIndex(name: "IX_buckets_change_version", table: "buckets", column: "change_version");

            migrationBuilder.CreateIndex(
                name: "IX_buckets_name",
                table: "buckets",
                column: "name",
                unique: true,
                filter: "removed_at IS NULL"
            );

            migrationBuilder.CreateIndex(name: "IX_buckets_team_id", table: "buckets", column: "team_id");

            migrationBuilder.CreateIndex(
                name: "IX_expiration_marks_expires_at",
                table: "expiration_marks",
                column: "expires_at"
            );

            migrationBuilder.CreateIndex(
                name: "IX_expiration_notices_created_at",
                table: "expiration_notices",
                column: "created_at"
            );

            migrationBuilder.CreateIndex(
                name: "IX_expiration_notices_user_id_sent_at",
                table: "expiration_notices",
                columns: new[] { "user_id", "sent_at" }
            );

            migrationBuilder.CreateIndex(name: "IX_invitations_team_id", table: "invitations", column: "team_id");

            migrationBuilder.CreateIndex(
                name: "IX_invitations_token_hash",
                table: "invitations",
                column: "token_hash",
                unique: true
            );

            migrationBuilder.CreateIndex(name: "IX_key_callers_day", table: "key_callers", column: "day");

            migrationBuilder.CreateIndex(name: "IX_key_grants_resource", table: "key_grants", column: "resource");

            migrationBuilder.CreateIndex(name: "IX_key_usage_hours_hour", table: "key_usage_hours", column: "hour");

            migrationBuilder.CreateIndex(
                name: "IX_key_usages_last_used_at",
                table: "key_usages",
                column: "last_used_at"
            );

            migrationBuilder.CreateIndex(
                name: "IX_memberships_change_version",
                table: "memberships",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(name: "IX_memberships_user_id", table: "memberships", column: "user_id");

            migrationBuilder.CreateIndex(name: "IX_models_change_version", table: "models", column: "change_version");

            migrationBuilder.CreateIndex(
                name: "IX_models_team_id_model_id",
                table: "models",
                columns: new[] { "team_id", "model_id" },
                unique: true,
                filter: "removed_at IS NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_namespaces_change_version",
                table: "namespaces",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(
                name: "IX_namespaces_team_id_label",
                table: "namespaces",
                columns: new[] { "team_id", "label" },
                unique: true,
                filter: "deleted_at IS NULL"
            );

            migrationBuilder.CreateIndex(name: "IX_passkeys_user_id", table: "passkeys", column: "user_id");

            migrationBuilder.CreateIndex(name: "EmailIndex", table: "people", column: "normalized_email");

            migrationBuilder.CreateIndex(
                name: "UserNameIndex",
                table: "people",
                column: "normalized_user_name",
                unique: true
            );

            migrationBuilder.CreateIndex(name: "IX_recovery_codes_user_id", table: "recovery_codes", column: "user_id");

            migrationBuilder.CreateIndex(
                name: "IX_refused_uses_key_id_at",
                table: "refused_uses",
                columns: new[] { "key_id", "at" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_refused_uses_request_id",
                table: "refused_uses",
                column: "request_id"
            );

            migrationBuilder.CreateIndex(
                name: "IX_refused_uses_team_id_at",
                table: "refused_uses",
                columns: new[] { "team_id", "at" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_sessions_change_version",
                table: "sessions",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(name: "IX_sessions_team_id", table: "sessions", column: "team_id");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_ended_at",
                table: "sessions",
                columns: new[] { "user_id", "ended_at" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_upstreams_change_version",
                table: "upstreams",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(name: "IX_upstreams_team_id", table: "upstreams", column: "team_id");

            migrationBuilder.CreateIndex(name: "IX_user_claims_user_id", table: "user_claims", column: "user_id");

            migrationBuilder.CreateIndex(name: "IX_user_logins_user_id", table: "user_logins", column: "user_id");

            migrationBuilder.CreateIndex(
                name: "IX_vpc_networks_change_version",
                table: "vpc_networks",
                column: "change_version"
            );

            migrationBuilder.CreateIndex(
                name: "IX_vpc_networks_team_id_name",
                table: "vpc_networks",
                columns: new[] { "team_id", "name" },
                unique: true,
                filter: "deleted_at IS NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_created_at",
                table: "webhook_deliveries",
                column: "created_at"
            );

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_endpoint_id_created_at",
                table: "webhook_deliveries",
                columns: new[] { "endpoint_id", "created_at" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_webhook_deliveries_endpoint_id_next_attempt_at",
                table: "webhook_deliveries",
                columns: new[] { "endpoint_id", "next_attempt_at" },
                filter: "next_attempt_at IS NOT NULL"
            );

            migrationBuilder.CreateIndex(
                name: "IX_webhook_endpoints_team_id_created_at",
                table: "webhook_endpoints",
                columns: new[] { "team_id", "created_at" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "audit_anchors");

            migrationBuilder.DropTable(name: "audit_entries");

            migrationBuilder.DropTable(name: "buckets");

            migrationBuilder.DropTable(name: "change_clock");

            migrationBuilder.DropTable(name: "expiration_marks");

            migrationBuilder.DropTable(name: "expiration_notices");

            migrationBuilder.DropTable(name: "invitations");

            migrationBuilder.DropTable(name: "key_callers");

            migrationBuilder.DropTable(name: "key_grants");

            migrationBuilder.DropTable(name: "key_needs");

            migrationBuilder.DropTable(name: "key_usage_hours");

            migrationBuilder.DropTable(name: "key_usages");

            migrationBuilder.DropTable(name: "master_key_checks");

            migrationBuilder.DropTable(name: "memberships");

            migrationBuilder.DropTable(name: "models");

            migrationBuilder.DropTable(name: "passkeys");

            migrationBuilder.DropTable(name: "recovery_codes");

            migrationBuilder.DropTable(name: "refused_uses");

            migrationBuilder.DropTable(name: "sessions");

            migrationBuilder.DropTable(name: "upstreams");

            migrationBuilder.DropTable(name: "user_claims");

            migrationBuilder.DropTable(name: "user_logins");

            migrationBuilder.DropTable(name: "user_tokens");

            migrationBuilder.DropTable(name: "verifying_nodes");

            migrationBuilder.DropTable(name: "webhook_deliveries");

            migrationBuilder.DropTable(name: "access_keys");

            migrationBuilder.DropTable(name: "webhook_endpoints");

            migrationBuilder.DropTable(name: "namespaces");

            migrationBuilder.DropTable(name: "people");

            migrationBuilder.DropTable(name: "vpc_networks");

            migrationBuilder.DropTable(name: "teams");
        }
    }
}
