using ControlPanel.Data.Model;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ControlPanel.Data;

/// <summary>
/// The store's shape, the same on SQLite and PostgreSQL. No behaviour: operations change it, snapshots read it.
/// </summary>
public abstract class ControlPanelDb(DbContextOptions options) : IdentityUserContext<Person, Guid>(options)
{
    public DbSet<Team> Teams => Set<Team>();

    public DbSet<Membership> Memberships => Set<Membership>();

    public DbSet<Invitation> Invitations => Set<Invitation>();

    public DbSet<PersonSession> Sessions => Set<PersonSession>();

    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();

    public DbSet<FunctionsNamespace> Namespaces => Set<FunctionsNamespace>();

    public DbSet<Bucket> Buckets => Set<Bucket>();

    public DbSet<CatalogModel> Models => Set<CatalogModel>();

    public DbSet<VpcNetwork> VpcNetworks => Set<VpcNetwork>();

    public DbSet<Upstream> Upstreams => Set<Upstream>();

    public DbSet<AccessKey> AccessKeys => Set<AccessKey>();

    public DbSet<KeyGrant> KeyGrants => Set<KeyGrant>();

    public DbSet<KeyUsage> KeyUsages => Set<KeyUsage>();

    public DbSet<KeyUsageHour> KeyUsageHours => Set<KeyUsageHour>();

    public DbSet<KeyCaller> KeyCallers => Set<KeyCaller>();

    public DbSet<KeyNeed> KeyNeeds => Set<KeyNeed>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<AuditAnchor> AuditAnchors => Set<AuditAnchor>();

    public DbSet<RefusedUse> RefusedUses => Set<RefusedUse>();

    public DbSet<WebhookEndpoint> WebhookEndpoints => Set<WebhookEndpoint>();

    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    public DbSet<ExpirationMark> ExpirationMarks => Set<ExpirationMark>();

    public DbSet<ExpirationNotice> ExpirationNotices => Set<ExpirationNotice>();

    public DbSet<ChangeClock> ChangeClocks => Set<ChangeClock>();

    public DbSet<VerifyingNode> VerifyingNodes => Set<VerifyingNode>();

    public DbSet<MasterKeyCheck> MasterKeyChecks => Set<MasterKeyCheck>();

    /// <summary>Version 3 carries the passkeys.</summary>
    protected override Version SchemaVersion => IdentitySchemaVersions.Version3;

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(ControlPanelDb).Assembly);
        SnakeCase.Apply(builder.Model);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // Ticks keep what SQLite cannot order and PostgreSQL would round: an expiry counts to the tick.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicksConverter>();
    }

    private sealed class UtcTicksConverter()
        : ValueConverter<DateTimeOffset, long>(
            instant => instant.UtcTicks,
            ticks => new DateTimeOffset(ticks, TimeSpan.Zero)
        );
}

/// <summary>The embedded store.</summary>
public sealed class SqliteControlPanelDb(DbContextOptions<SqliteControlPanelDb> options) : ControlPanelDb(options);

/// <summary>The store for several nodes.</summary>
public sealed class PostgresControlPanelDb(DbContextOptions<PostgresControlPanelDb> options) : ControlPanelDb(options);
