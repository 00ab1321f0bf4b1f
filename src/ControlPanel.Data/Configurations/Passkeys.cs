using ControlPanel.Data.Model;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ControlPanel.Data.Configurations;

/// <summary>Identity's passkeys, in columns of their own instead of its JSON: alike on both databases, readable by SQL.</summary>
internal sealed class PasskeyConfiguration : IEntityTypeConfiguration<IdentityUserPasskey<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserPasskey<Guid>> entity)
    {
        entity.ToTable("Passkeys");
        entity.HasKey(p => p.CredentialId);
        // The longest that an authenticator may choose (WebAuthn level 3, section 5.8.3: 1023 bytes).
        entity.Property(p => p.CredentialId).HasMaxLength(1023);
        entity.HasOne<Person>().WithMany().HasForeignKey(p => p.UserId);
        entity.OwnsOne(
            p => p.Data,
            data =>
            {
                data.WithOwner().HasForeignKey("CredentialId");
                data.Property<byte[]>("CredentialId").HasColumnName("CredentialId");
                data.Property(d => d.PublicKey).HasColumnName("PublicKey");
                data.Property(d => d.Name).HasColumnName("Name").HasMaxLength(100);
                data.Property(d => d.CreatedAt).HasColumnName("CreatedAt");
                // No unsigned numbers on PostgreSQL.
                data.Property(d => d.SignCount).HasColumnName("SignCount").HasConversion<long>();
                data.PrimitiveCollection(d => d.Transports).HasColumnName("Transports");
                data.Property(d => d.IsUserVerified).HasColumnName("IsUserVerified");
                data.Property(d => d.IsBackupEligible).HasColumnName("IsBackupEligible");
                data.Property(d => d.IsBackedUp).HasColumnName("IsBackedUp");
                data.Property(d => d.AttestationObject).HasColumnName("AttestationObject");
                data.Property(d => d.ClientDataJson).HasColumnName("ClientDataJson");
            }
        );
        entity.Navigation(p => p.Data).IsRequired();
    }
}
