using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entity)
    {
        entity.HasKey(a => a.Sequence);
        entity.Property(a => a.Sequence).ValueGeneratedNever();
        // One index for each filter, in the order of the list: a page is read from it, whatever the log's length.
        entity.HasIndex(a => new { a.TeamId, a.Sequence });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.Action,
            a.Sequence,
        });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.ActorName,
            a.Sequence,
        });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.ActorId,
            a.Sequence,
        });
        // The last two do not order anything: with them, what else is asked of refused entries is answered from the index.
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.Result,
            a.Sequence,
            a.Action,
            a.ActorName,
        });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.TargetId,
            a.Sequence,
        });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.RequestId,
            a.Sequence,
        });
        entity.HasIndex(a => new
        {
            a.TeamId,
            a.At,
            a.Sequence,
        });
        entity.Property(a => a.Mac).HasMaxLength(32);
    }
}

internal sealed class AuditAnchorConfiguration : IEntityTypeConfiguration<AuditAnchor>
{
    public void Configure(EntityTypeBuilder<AuditAnchor> entity)
    {
        entity.HasKey(a => a.Sequence);
        entity.Property(a => a.Sequence).ValueGeneratedNever();
    }
}

internal sealed class RefusedUseConfiguration : IEntityTypeConfiguration<RefusedUse>
{
    public void Configure(EntityTypeBuilder<RefusedUse> entity)
    {
        entity.HasIndex(r => r.RequestId);
        entity.HasIndex(r => new { r.TeamId, r.At });
        entity.HasIndex(r => new { r.KeyId, r.At });
        entity.Property(r => r.Operation).HasMaxLength(512);
        entity.Property(r => r.Address).HasMaxLength(64);
        entity.Property(r => r.Client).HasMaxLength(256);
    }
}

internal sealed class ChangeClockConfiguration : IEntityTypeConfiguration<ChangeClock>
{
    public void Configure(EntityTypeBuilder<ChangeClock> entity)
    {
        entity.ToTable("ChangeClock", t => t.HasCheckConstraint("ck_change_clock_one_row", "id = 1"));
        entity.Property(c => c.Id).ValueGeneratedNever();
    }
}

internal sealed class VerifyingNodeConfiguration : IEntityTypeConfiguration<VerifyingNode>
{
    public void Configure(EntityTypeBuilder<VerifyingNode> entity) => entity.Property(n => n.Name).HasMaxLength(100);
}

internal sealed class MasterKeyCheckConfiguration : IEntityTypeConfiguration<MasterKeyCheck>
{
    public void Configure(EntityTypeBuilder<MasterKeyCheck> entity)
    {
        entity.HasKey(m => m.Version);
        entity.Property(m => m.Version).ValueGeneratedNever();
    }
}
