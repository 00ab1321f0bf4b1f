using System.Security.Cryptography;
using System.Xml.Linq;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ControlPanel.Hosting;

/// <summary>
/// Keeps the data-protection keys (cookies, antiforgery) encrypted at rest under the master key. Naming a folder for them
/// turns the framework's own protection off, which would leave them readable in every backup.
/// </summary>
internal static class KeyRingEncryption
{
    public static void AddEncryptedKeyRing(this IServiceCollection services, string folder)
    {
        services
            .AddDataProtection()
            .SetApplicationName("ControlPanel")
            .PersistKeysToFileSystem(Directory.CreateDirectory(folder));
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<MasterKey, ISecretSource>(
                (options, key, random) => options.XmlEncryptor = new Encryptor(key, random)
            );
    }

    private static SealBinding Binding { get; } = new("data_protection", "key", Guid.Empty, Guid.Empty, 1);

    private sealed class Encryptor(MasterKey masterKey, ISecretSource random) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement)
        {
            using var plaintext = new Verification.Secrets.Secret(
                plaintextElement.ToString(SaveOptions.DisableFormatting)
            );
            var envelope = new SecretSealer(masterKey, random).Seal(plaintext.Bytes, Binding);
            return new EncryptedXmlInfo(
                new XElement("sealed", Convert.ToBase64String(envelope.Envelope.Span)),
                typeof(Decryptor)
            );
        }
    }

    /// <summary>Made by the framework, which hands it the service provider.</summary>
    internal sealed class Decryptor(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement)
        {
            var sealer = new SecretSealer(
                services.GetRequiredService<MasterKey>(),
                services.GetRequiredService<ISecretSource>()
            );
            if (
                !SealedSecret.TryRead(Convert.FromBase64String(encryptedElement.Value), out var envelope)
                || !sealer.TryOpen(envelope!, Binding, out var plaintext)
            )
            {
                throw new CryptographicException("A data-protection key does not open with this master key.");
            }

            using (plaintext)
            {
                return XElement.Parse(plaintext.Reveal());
            }
        }
    }
}
