using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Bench;

/// <summary>
/// From a request's head to the verdict on its Signature V4, beside the hashing that no verification can avoid: one
/// SHA-256 over the canonical request and one HMAC over the string to sign, both with states that are reused.
/// </summary>
[MemoryDiagnoser]
public class SignatureBenchmarks
{
    private const string Host = "s3.example.com";
    private const string Path = "/final-photos/2026/07/beach%20house.jpg";
    private readonly byte[] _hash = new byte[32];
    private readonly SignatureVerifier _verifier = new(SignatureRules.Default, new SigningKeyCache());
    private readonly Key _key = new("DO00EXAMPLE0EXAMPLE0", "example+secret/example+secret/example+secre");
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private IncrementalHash _sha = null!;
    private IncrementalHash _hmac = null!;
    private byte[] _headerCanonical = [];
    private byte[] _presignedCanonical = [];
    private byte[] _toSign = [];
    private S3RequestHead _header;
    private S3RequestHead _presigned;

    [GlobalSetup]
    public void Prepare()
    {
        _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var timestamp = _now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{timestamp[..8]}/nyc3/s3/aws4_request";
        var signingKey = Encoding.UTF8.GetBytes("AWS4" + _key.Secret);
        foreach (var part in scope.Split('/'))
        {
            signingKey = HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(part));
        }

        _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, signingKey);
        var signature = new RequestSigner("nyc3").Sign(
            "GET",
            Path,
            [new S3Header("Host", Host)],
            PayloadModes.EmptyHash,
            _key,
            _now
        );
        _header = new S3RequestHead(
            "GET",
            Path,
            (S3Header[])
                [
                    new("Host", Host),
                    new("User-Agent", "aws-cli/2.9.19 Python/3.11.2 Linux/6.1 source/x86_64 prompt/off command/s3.cp"),
                    new("Accept-Encoding", "identity"),
                    new("x-amz-date", signature.AmzDate),
                    new("x-amz-content-sha256", signature.ContentSha256),
                    new("Authorization", signature.Authorization),
                ]
        );
        _headerCanonical = Encoding.UTF8.GetBytes(
            $"GET\n{Path}\n\nhost:{Host}\nx-amz-content-sha256:{PayloadModes.EmptyHash}\nx-amz-date:{timestamp}\n\n"
                + $"host;x-amz-content-sha256;x-amz-date\n{PayloadModes.EmptyHash}"
        );

        var query =
            $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{_key.AccessKeyId}/{scope}")}"
            + $"&X-Amz-Date={timestamp}&X-Amz-Expires=3600&X-Amz-SignedHeaders=host";
        _presignedCanonical = Encoding.UTF8.GetBytes($"GET\n{Path}\n{query}\nhost:{Host}\n\nhost\nUNSIGNED-PAYLOAD");
        _toSign = Encoding.UTF8.GetBytes(
            $"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(_presignedCanonical))}"
        );
        var presigned = Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, _toSign));
        _presigned = new S3RequestHead(
            "GET",
            $"{Path}?{query}&X-Amz-Signature={presigned}",
            (S3Header[])[new("Host", Host), new("User-Agent", "curl/7.88.1"), new("Accept", "*/*")]
        );
        if (!Header() || !Presigned() || WrongSignature())
        {
            throw new InvalidOperationException("The benchmark does not measure what it says.");
        }
    }

    [Benchmark]
    public int HeaderHashing() => Hash(_headerCanonical);

    [Benchmark]
    public bool Header() => Verify(_header);

    [Benchmark]
    public int PresignedHashing() => Hash(_presignedCanonical);

    [Benchmark]
    public bool Presigned() => Verify(_presigned);

    private bool WrongSignature() => Verify(new S3RequestHead("HEAD", _header.Target, _header.Headers));

    private bool Verify(in S3RequestHead head)
    {
        var credential = S3CredentialParser.Parse(head, SignatureRules.Default);
        return credential.Kind is S3CredentialKind.V4Header or S3CredentialKind.V4Query
            && _verifier.Verify(head, credential, _key, _now).IsValid;
    }

    private int Hash(byte[] canonical)
    {
        _sha.AppendData(canonical);
        _sha.GetHashAndReset(_hash);
        _hmac.AppendData(_toSign);
        return _hmac.GetHashAndReset(_hash);
    }

    private sealed record Key(string AccessKeyId, string Secret) : IS3SecretKey
    {
        public long SecretVersion => 1;

        public bool TryGetSecret(Span<byte> destination, out int length) =>
            Encoding.UTF8.TryGetBytes(Secret, destination, out length);
    }
}
