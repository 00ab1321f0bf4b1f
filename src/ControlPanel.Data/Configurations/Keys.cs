using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

internal sealed class AccessKeyConfiguration : IEntityTypeConfiguration<AccessKey>
{
    public void Configure(EntityTypeBuilder<AccessKey> entity)
    {
        entity.Property(k => k.Name).HasMaxLength(100);
        entity.Property(k => k.PublicId).HasMaxLength(64);
        entity.Property(k => k.LookupId).HasMaxLength(16);
        entity.Property(k => k.SecretMac).HasMaxLength(32);
        entity.Property(k => k.RevokeReason).HasMaxLength(32);
        entity.HasOne<Team>().WithMany().HasForeignKey(k => k.TeamId);
        entity.HasOne<Person>().WithMany().HasForeignKey(k => k.OwnerId);
        entity.HasOne<FunctionsNamespace>().WithMany().HasForeignKey(k => k.NamespaceId);
        entity.HasOne<VpcNetwork>().WithMany().HasForeignKey(k => k.VpcId);
        entity.HasOne<AccessKey>().WithMany().HasForeignKey(k => k.ReplacesId);
        entity.HasMany(k => k.Grants).WithOne().HasForeignKey(g => g.KeyId);
        entity.HasIndex(k => new { k.Family, k.LookupId }).IsUnique();
        entity.HasIndex(k => k.ChangeVersion);
        // The living keys of a family in the order of the list. The filter, and not a column, says that they live: PostgreSQL
        // takes "is null" for no fixed value, and would sort them all for each page.
        entity
            .HasIndex(k => new
            {
                k.TeamId,
                k.Family,
                k.CreatedAt,
            })
            .HasFilter("revoked_at IS NULL");
        entity.HasIndex(k => new { k.OwnerId, k.TeamId });

        // What the overview counts and lists, without looking at every key of the team.
        entity.HasIndex(k => new { k.TeamId, k.ExpiresAt }).HasFilter("revoked_at IS NULL");
        // What comes to its end next, in whatever team.
        entity.HasIndex(k => k.ExpiresAt).HasFilter("revoked_at IS NULL AND expires_at IS NOT NULL");
        entity.HasIndex(k => k.TeamId, "ix_access_keys_full_access").HasFilter("covers_all AND revoked_at IS NULL");
        entity.HasIndex(k => k.TeamId, "ix_access_keys_legacy").HasFilter("is_legacy AND revoked_at IS NULL");

        // A name stands once in a namespace among the keys that live (decision 7 of the contract).
        entity
            .HasIndex(k => new { k.NamespaceId, k.Name })
            .IsUnique()
            .HasFilter("revoked_at IS NULL AND namespace_id IS NOT NULL");
        entity.ToTable(t =>
        {
            t.HasCheckConstraint("ck_access_keys_family", "family BETWEEN 1 AND 4");
            t.HasCheckConstraint("ck_access_keys_namespace", "family <> 1 OR namespace_id IS NOT NULL");
            t.HasCheckConstraint("ck_access_keys_secret", "secret_mac IS NOT NULL OR sealed_secret IS NOT NULL");
        });
    }
}

internal sealed class KeyGrantConfiguration : IEntityTypeConfiguration<KeyGrant>
{
    public void Configure(EntityTypeBuilder<KeyGrant> entity)
    {
        entity.HasKey(g => new
        {
            g.KeyId,
            g.Resource,
            g.Permission,
        });
        entity.Property(g => g.Resource).HasMaxLength(256);
        entity.Property(g => g.Permission).HasMaxLength(64);
        entity.HasIndex(g => g.Resource);
    }
}

internal sealed class KeyUsageConfiguration : IEntityTypeConfiguration<KeyUsage>
{
    public void Configure(EntityTypeBuilder<KeyUsage> entity)
    {
        entity.HasKey(u => u.KeyId);
        entity.HasOne<AccessKey>().WithOne().HasForeignKey<KeyUsage>(u => u.KeyId);
        entity.Property(u => u.LastAddress).HasMaxLength(64);
        entity.Property(u => u.LastClient).HasMaxLength(256);
        entity.HasIndex(u => u.LastUsedAt);
    }
}

internal sealed class KeyUsageHourConfiguration : IEntityTypeConfiguration<KeyUsageHour>
{
    public void Configure(EntityTypeBuilder<KeyUsageHour> entity)
    {
        entity.HasKey(u => new { u.KeyId, u.Hour });
        entity.HasOne<AccessKey>().WithMany().HasForeignKey(u => u.KeyId);
        entity.HasIndex(u => u.Hour);
    }
}

internal sealed class KeyNeedConfiguration : IEntityTypeConfiguration<KeyNeed>
{
    public void Configure(EntityTypeBuilder<KeyNeed> entity)
    {
        entity.HasKey(n => new
        {
            n.KeyId,
            n.Resource,
            n.Permission,
        });
        entity.HasOne<AccessKey>().WithMany().HasForeignKey(n => n.KeyId);
        entity.Property(n => n.Resource).HasMaxLength(256);
        entity.Property(n => n.Permission).HasMaxLength(16);
    }
}

internal sealed class KeyCallerConfiguration : IEntityTypeConfiguration<KeyCaller>
{
    public void Configure(EntityTypeBuilder<KeyCaller> entity)
    {
        entity.HasKey(c => new
        {
            c.KeyId,
            c.Day,
            c.Address,
            c.Client,
        });
        entity.HasOne<AccessKey>().WithMany().HasForeignKey(c => c.KeyId);
        entity.Property(c => c.Address).HasMaxLength(64);
        entity.Property(c => c.Client).HasMaxLength(256);
        entity.HasIndex(c => c.Day);
    }
}
