using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

internal sealed class FunctionsNamespaceConfiguration : IEntityTypeConfiguration<FunctionsNamespace>
{
    public void Configure(EntityTypeBuilder<FunctionsNamespace> entity)
    {
        entity.ToTable("Namespaces");
        entity.Property(n => n.Id).HasMaxLength(64);
        entity.Property(n => n.Label).HasMaxLength(100);
        entity.Property(n => n.Region).HasMaxLength(16);
        entity.Property(n => n.UpstreamUrl).HasMaxLength(512);
        entity.HasOne<Team>().WithMany().HasForeignKey(n => n.TeamId);
        entity.HasIndex(n => n.ChangeVersion);
        entity.HasIndex(n => new { n.TeamId, n.Label }).IsUnique().HasFilter("deleted_at IS NULL");
    }
}

internal sealed class BucketConfiguration : IEntityTypeConfiguration<Bucket>
{
    public void Configure(EntityTypeBuilder<Bucket> entity)
    {
        entity.Property(b => b.Name).HasMaxLength(63);
        entity.Property(b => b.Region).HasMaxLength(16);
        entity.HasOne<Team>().WithMany().HasForeignKey(b => b.TeamId);
        entity.HasIndex(b => b.Name).IsUnique().HasFilter("removed_at IS NULL");
        entity.HasIndex(b => b.ChangeVersion);
    }
}

internal sealed class CatalogModelConfiguration : IEntityTypeConfiguration<CatalogModel>
{
    public void Configure(EntityTypeBuilder<CatalogModel> entity)
    {
        entity.ToTable("Models");
        entity.Property(m => m.ModelId).HasMaxLength(256);
        entity.Property(m => m.DisplayName).HasMaxLength(256);
        entity.Property(m => m.Provider).HasMaxLength(64);
        entity.Property(m => m.Modality).HasMaxLength(32);
        entity.HasOne<Team>().WithMany().HasForeignKey(m => m.TeamId);
        entity.HasIndex(m => new { m.TeamId, m.ModelId }).IsUnique().HasFilter("removed_at IS NULL");
        entity.HasIndex(m => m.ChangeVersion);
    }
}

internal sealed class VpcNetworkConfiguration : IEntityTypeConfiguration<VpcNetwork>
{
    public void Configure(EntityTypeBuilder<VpcNetwork> entity)
    {
        entity.ToTable("VpcNetworks");
        entity.Property(v => v.Name).HasMaxLength(100);
        entity.Property(v => v.Description).HasMaxLength(255);
        entity.Property(v => v.Region).HasMaxLength(16);
        entity.HasOne<Team>().WithMany().HasForeignKey(v => v.TeamId);
        entity.HasIndex(v => new { v.TeamId, v.Name }).IsUnique().HasFilter("deleted_at IS NULL");
        entity.HasIndex(v => v.ChangeVersion);
    }
}

internal sealed class UpstreamConfiguration : IEntityTypeConfiguration<Upstream>
{
    public void Configure(EntityTypeBuilder<Upstream> entity)
    {
        entity.Property(u => u.Kind).HasMaxLength(16);
        entity.Property(u => u.Name).HasMaxLength(100);
        entity.Property(u => u.Url).HasMaxLength(512);
        entity.HasOne<Team>().WithMany().HasForeignKey(u => u.TeamId);
        entity.HasIndex(u => u.ChangeVersion);
    }
}
