using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

internal sealed class PersonConfiguration : IEntityTypeConfiguration<Person>
{
    public void Configure(EntityTypeBuilder<Person> entity)
    {
        entity.ToTable("People");
        entity.Property(p => p.DisplayName).HasMaxLength(100);
    }
}

internal sealed class RecoveryCodeConfiguration : IEntityTypeConfiguration<RecoveryCode>
{
    public void Configure(EntityTypeBuilder<RecoveryCode> entity)
    {
        entity.HasOne<Person>().WithMany().HasForeignKey(c => c.UserId);
        entity.HasIndex(c => c.UserId);
        entity.Property(c => c.CodeHash).HasMaxLength(32);
    }
}

internal sealed class PersonSessionConfiguration : IEntityTypeConfiguration<PersonSession>
{
    public void Configure(EntityTypeBuilder<PersonSession> entity)
    {
        entity.ToTable("Sessions");
        entity.HasOne<Person>().WithMany().HasForeignKey(s => s.UserId);
        entity.HasOne<Team>().WithMany().HasForeignKey(s => s.TeamId);
        entity.HasIndex(s => new { s.UserId, s.EndedAt });
        entity.HasIndex(s => s.ChangeVersion);
        entity.Property(s => s.Address).HasMaxLength(64);
        entity.Property(s => s.Client).HasMaxLength(256);
    }
}

internal sealed class TeamConfiguration : IEntityTypeConfiguration<Team>
{
    public void Configure(EntityTypeBuilder<Team> entity) => entity.Property(t => t.Name).HasMaxLength(100);
}

internal sealed class MembershipConfiguration : IEntityTypeConfiguration<Membership>
{
    public void Configure(EntityTypeBuilder<Membership> entity)
    {
        entity.HasKey(m => new { m.TeamId, m.UserId });
        entity.HasOne<Team>().WithMany().HasForeignKey(m => m.TeamId);
        entity.HasOne<Person>().WithMany().HasForeignKey(m => m.UserId);
        entity.HasIndex(m => m.ChangeVersion);
        entity.ToTable(t => t.HasCheckConstraint("ck_memberships_role", "role BETWEEN 1 AND 6"));
    }
}

internal sealed class InvitationConfiguration : IEntityTypeConfiguration<Invitation>
{
    public void Configure(EntityTypeBuilder<Invitation> entity)
    {
        entity.HasOne<Team>().WithMany().HasForeignKey(i => i.TeamId);
        entity.Property(i => i.Email).HasMaxLength(256);
        entity.HasIndex(i => i.TokenHash).IsUnique();
    }
}
