using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.S3;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>What came back, taken apart from the bytes on the wire.</summary>
internal sealed record S3Answer(int Status, Dictionary<string, string> Headers, string Body)
{
    /// <summary>The code of an S3 error.</summary>
    public string Code => Error("Code");

    public string Error(string element) =>
        Body.StartsWith("<?xml", StringComparison.Ordinal) ? XElement.Parse(Body).Element(element)?.Value ?? "" : "";
}

/// <summary>A holder of a Spaces access key: speaks S3 by Amazon's client, or byte by byte.</summary>
internal sealed class SpacesCaller
{
    private readonly TestPanel _panel;
    private readonly string _secret;

    private SpacesCaller(TestPanel panel, string id, string secret)
    {
        _panel = panel;
        Id = id;
        _secret = secret;
    }

    public string Id { get; }

    /// <summary>Signs for the host <c>s3.example.com</c>, as of now.</summary>
    public ReferenceSigner Signer => SignerAt(TimeProvider.System.GetUtcNow());

    /// <summary>Makes a key with grants <c>bucket:permission</c>.</summary>
    public static async Task<SpacesCaller> CreateAsync(TestPanel panel, params string[] grants)
    {
        var outcome = await panel
            .Get<CreateSpacesKey>()
            .ExecuteAsync(panel.Owner, "caller", Grants(grants), CancellationToken.None);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        using var secret = outcome.Value.Secret;
        return new SpacesCaller(panel, outcome.Value.Key.AccessKeyId, secret.Reveal());
    }

    public async Task GrantAsync(params string[] grants)
    {
        var outcome = await _panel
            .Get<UpdateSpacesKey>()
            .ExecuteAsync(_panel.Owner, Id, name: null, Grants(grants), CancellationToken.None);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    public async Task DeleteAsync()
    {
        var outcome = await _panel.Get<DeleteSpacesKey>().ExecuteAsync(_panel.Owner, Id, CancellationToken.None);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    public ReferenceSigner SignerAt(DateTimeOffset now) => new(new OpenKey(Id, _secret), now);

    public ReferenceSigner SignerFor(string host) =>
        new(new OpenKey(Id, _secret), TimeProvider.System.GetUtcNow()) { Host = host };

    /// <summary>Amazon's own client, in path style.</summary>
    public AmazonS3Client Amazon(Action<AmazonS3Config>? configure = null)
    {
        var config = new AmazonS3Config
        {
            ServiceURL = _panel.App.Addresses.Spaces,
            AuthenticationRegion = "nyc3",
            ForcePathStyle = true,
            MaxErrorRetry = 0,
        };
        configure?.Invoke(config);
        return new AmazonS3Client(new BasicAWSCredentials(Id, _secret), config);
    }

    /// <summary>Signs and sends a request without a body.</summary>
    public Task<S3Answer> SendAsync(string method, string target, params S3Header[] headers) =>
        SendAsync(_panel, Signer.SignHeader(method, target, PayloadModes.EmptyHash, headers));

    /// <summary>Sends a head and a body as they are.</summary>
    public static async Task<S3Answer> SendAsync(TestPanel panel, S3RequestHead head, byte[]? body = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(panel.App.Addresses.Spaces).Port);
        await using var stream = socket.GetStream();
        var text = new StringBuilder($"{head.Method} {head.Target} HTTP/1.1\r\nConnection: close\r\n");
        foreach (var (name, value) in head.Headers.ToArray())
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (body is not null && head.Count("content-length") == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.Append("\r\n").ToString()));
        try
        {
            await stream.WriteAsync(body ?? []);
        }
        catch (IOException)
        {
            // Refused and closed before the body was taken.
        }

        return await ReadAsync(stream);
    }

    /// <summary>Reads an answer to the end of the connection.</summary>
    public static async Task<S3Answer> ReadAsync(NetworkStream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received, limit.Token);
        }
        catch (IOException)
        {
            // Reset: what came until then counts.
        }

        var answer = Encoding.UTF8.GetString(received.ToArray());
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return new S3Answer(0, [], answer);
        }

        var lines = answer[..end].Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(l => l.Split(':', 2))
            .GroupBy(l => l[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(
                g => g.Key,
                g => string.Join(",", g.Select(l => l[1].Trim())),
                StringComparer.OrdinalIgnoreCase
            );
        return new S3Answer(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            headers,
            answer[(end + 4)..]
        );
    }

    private static List<SpacesGrant> Grants(string[] grants) =>
        [.. grants.Select(g => new SpacesGrant(g.Split(':')[0], g.Split(':')[1]))];
}
