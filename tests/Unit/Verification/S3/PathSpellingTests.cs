using System.Globalization;
using System.Text;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.S3;

/// <summary>
/// The bucket that was authorized is the bucket any known upstream takes from the same bytes. The upstreams are
/// imitated here by the way each was seen to read a path.
/// </summary>
public sealed class PathSpellingTests
{
    private static readonly string[] s_pieces =
    [
        "/",
        "/",
        "//",
        "photos",
        "secret-b",
        "pub-b",
        "k",
        "doc",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        ".%2e",
        "%2F",
        "%2f",
        "%252F",
        "%252e%252e",
        "%5C",
        "\\",
        "%00",
        "%20",
        "%ff",
        "%C3%BC",
        "%",
        "%zz",
        "admin",
        "v1",
        ";",
        ":",
        "@",
        "~",
        "%70hotos",
        "PHOTOS",
        "photos.",
        "a+b",
        "=",
        "&",
        "...",
    ];

    /// <summary>How many spellings; a longer run sets the variable.</summary>
    private static int Spellings =>
        int.TryParse(
            Environment.GetEnvironmentVariable("PATH_SPELLINGS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var count
        )
            ? count
            : 10_000;

    [Fact]
    public void Authorized_bucket_is_the_bucket_every_upstream_takes()
    {
        const int Seed = 20261121;
        var random = new Random(Seed);
        var accepted = 0;
        for (var i = 0; i < Spellings; i++)
        {
            var target = new StringBuilder("/");
            if (random.Next(2) == 0)
            {
                target.Append("photos/");
            }

            for (var n = random.Next(0, 7); n > 0; n--)
            {
                target.Append(s_pieces[random.Next(s_pieces.Length)]);
            }

            accepted += Check(target.ToString()) ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Spellings} spellings (seed {Seed}), {accepted} accepted, all in the authorized bucket"
        );
        Assert.True(accepted > Spellings / 50, $"only {accepted} accepted: nothing was tested");
    }

    private static bool Check(string target)
    {
        var head = new S3RequestHead("GET", target, (S3Header[])[new("Host", "127.0.0.1")]);
        var address = S3Address.Read(head, S3Addressing.Default);
        if (address.Level is S3Level.Refused or S3Level.Service)
        {
            return false;
        }

        var decoded = Uri.UnescapeDataString(head.RawPath.ToString());
        Assert.Equal(address.Bucket, SplitAfterDecoding(decoded));
        Assert.Equal(address.Bucket, SplitAfterDecoding(Walk(decoded, ['/'])));
        Assert.Equal(address.Bucket, SplitAfterDecoding(Walk(decoded, ['/', '\\'])));
        Assert.Equal(address.Bucket, SplitAfterDecoding("/" + decoded.TrimStart('/')));
        Assert.Equal(address.Bucket, Uri.UnescapeDataString(head.RawPath.ToString().Split('/')[1]));
        return true;
    }

    // RGW, Swift: decode, then split at the first slash.
    private static string SplitAfterDecoding(string path) => path[1..].Split('/')[0];

    // s3rver: decode, then walk the path as a file system does.
    private static string Walk(string path, char[] separators)
    {
        List<string> segments = [];
        foreach (var segment in path[1..].Split(separators))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                {
                    segments.RemoveAt(segments.Count - 1);
                }
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        return "/" + string.Join('/', segments);
    }
}
