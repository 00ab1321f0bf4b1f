using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

internal sealed class WebhookEndpointConfiguration : IEntityTypeConfiguration<WebhookEndpoint>
{
    public void Configure(EntityTypeBuilder<WebhookEndpoint> entity)
    {
        entity.Property(e => e.Address).HasMaxLength(512);
        entity.Property(e => e.EventTypes).HasMaxLength(1024);
        entity.Property(e => e.LastFault).HasMaxLength(32);
        entity.HasOne<Team>().WithMany().HasForeignKey(e => e.TeamId);
        entity.HasIndex(e => new { e.TeamId, e.CreatedAt });
    }
}

internal sealed class WebhookDeliveryConfiguration : IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<WebhookDelivery> entity)
    {
        entity.Property(d => d.EventId).HasMaxLength(64);
        entity.Property(d => d.Type).HasMaxLength(64);
        entity.Property(d => d.LastFault).HasMaxLength(32);
        entity.HasOne<WebhookEndpoint>().WithMany().HasForeignKey(d => d.EndpointId).OnDelete(DeleteBehavior.Cascade);
        // What is due, one endpoint at a time; what was delivered is not in it.
        entity.HasIndex(d => new { d.EndpointId, d.NextAttemptAt }).HasFilter("next_attempt_at IS NOT NULL");
        entity.HasIndex(d => new { d.EndpointId, d.CreatedAt });
        entity.HasIndex(d => d.CreatedAt);
    }
}

internal sealed class ExpirationMarkConfiguration : IEntityTypeConfiguration<ExpirationMark>
{
    public void Configure(EntityTypeBuilder<ExpirationMark> entity)
    {
        entity.HasKey(m => new
        {
            m.KeyId,
            m.ExpiresAt,
            m.Days,
        });
        entity.HasIndex(m => m.ExpiresAt);
    }
}

internal sealed class ExpirationNoticeConfiguration : IEntityTypeConfiguration<ExpirationNotice>
{
    public void Configure(EntityTypeBuilder<ExpirationNotice> entity)
    {
        entity.HasKey(n => new
        {
            n.KeyId,
            n.ExpiresAt,
            n.Days,
            n.UserId,
        });
        entity.HasIndex(n => new { n.UserId, n.SentAt });
        entity.HasIndex(n => n.CreatedAt);
    }
}
