using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.S3;

/// <summary>Bucket and key of a request, and every spelling that names none.</summary>
public sealed class S3AddressTests
{
    private static readonly S3Addressing s_hosts = new() { Domains = ["nyc3.example.com", "s3.localtest"] };

    [Theory]
    [InlineData("/", S3Level.Service, "", "")]
    [InlineData("/?x", S3Level.Service, "", "")]
    [InlineData("/photos", S3Level.Bucket, "photos", "")]
    [InlineData("/photos/", S3Level.Bucket, "photos", "")]
    [InlineData("/photos?list-type=2", S3Level.Bucket, "photos", "")]
    [InlineData("/photos/a%20b/%C3%BC.txt?x=/y", S3Level.Object, "photos", "a b/ü.txt")]
    [InlineData("/photos//a", S3Level.Object, "photos", "/a")]
    [InlineData("/photos/a//b/", S3Level.Object, "photos", "a//b/")]
    [InlineData("/photos/a%2Fb", S3Level.Object, "photos", "a/b")]
    [InlineData("/photos/a%252Fb", S3Level.Object, "photos", "a%2Fb")]
    [InlineData("/photos/..a", S3Level.Object, "photos", "..a")]
    [InlineData("/photos/a+b", S3Level.Object, "photos", "a+b")]
    [InlineData("/%70hotos/a", S3Level.Object, "photos", "a")]
    public void Path_style_is_read(string target, S3Level level, string bucket, string key)
    {
        var address = Read(target);
        Assert.Equal((level, bucket, key), (address.Level, address.Bucket, address.Key));
    }

    [Theory]
    [InlineData("", S3Refusal.MalformedTarget)]
    [InlineData("*", S3Refusal.MalformedTarget)]
    [InlineData("http://other/photos/k", S3Refusal.MalformedTarget)]
    [InlineData("/photos/a b", S3Refusal.MalformedTarget)]
    [InlineData("/photos/ü", S3Refusal.MalformedTarget)]
    [InlineData("/photos/a#b", S3Refusal.MalformedTarget)]
    [InlineData("/photos/%zz", S3Refusal.MalformedTarget)]
    [InlineData("/photos/%2", S3Refusal.MalformedTarget)]
    [InlineData("/photos/%", S3Refusal.MalformedTarget)]
    [InlineData("/photos/a%00b", S3Refusal.MalformedTarget)]
    [InlineData("/photos/%ff", S3Refusal.MalformedTarget)]
    [InlineData("//photos/k", S3Refusal.EmptyBucket)]
    [InlineData("//", S3Refusal.EmptyBucket)]
    [InlineData("/%2Fphotos/k", S3Refusal.EmptyBucket)]
    [InlineData("/secret-b%2Fdoc", S3Refusal.EncodedSlashInBucket)]
    [InlineData("/secret-b%2fdoc/x", S3Refusal.EncodedSlashInBucket)]
    [InlineData("/photos%2F", S3Refusal.EncodedSlashInBucket)]
    [InlineData("/pub-b/../secret-b/doc", S3Refusal.DotSegment)]
    [InlineData("/pub-b/%2e%2e/secret-b/doc", S3Refusal.DotSegment)]
    [InlineData("/pub-b/..%2Fsecret-b/doc", S3Refusal.DotSegment)]
    [InlineData("/pub-b/a/.%2e/../secret-b", S3Refusal.DotSegment)]
    [InlineData("/pub-b/..%5Csecret-b/doc", S3Refusal.DotSegment)]
    [InlineData("/pub-b/./k", S3Refusal.DotSegment)]
    [InlineData("/./pub-b", S3Refusal.DotSegment)]
    [InlineData("/..", S3Refusal.DotSegment)]
    [InlineData("/pub-b/k/..", S3Refusal.DotSegment)]
    [InlineData("/photos//", S3Refusal.SlashOnlyKey)]
    [InlineData("/photos/%2F%2F", S3Refusal.SlashOnlyKey)]
    [InlineData("/Photos/k", S3Refusal.BucketName)]
    [InlineData("/ab/k", S3Refusal.BucketName)]
    [InlineData("/a_b_c/k", S3Refusal.BucketName)]
    [InlineData("/photos%20/k", S3Refusal.BucketName)]
    [InlineData("/photos%252Fx/k", S3Refusal.BucketName)]
    [InlineData("/10.0.0.1/k", S3Refusal.BucketName)]
    [InlineData("/admin", S3Refusal.SideInterface)]
    [InlineData("/admin/user?uid=x", S3Refusal.SideInterface)]
    [InlineData("/%61dmin/user", S3Refusal.SideInterface)]
    [InlineData("/ADMIN/user", S3Refusal.SideInterface)]
    [InlineData("/v1/AUTH_test/photos", S3Refusal.SideInterface)]
    [InlineData("/swift/v1/photos", S3Refusal.SideInterface)]
    [InlineData("/auth/v1.0", S3Refusal.SideInterface)]
    [InlineData("/info", S3Refusal.SideInterface)]
    [InlineData("/healthcheck", S3Refusal.SideInterface)]
    [InlineData("/moto-api/reset", S3Refusal.SideInterface)]
    public void Doubtful_spellings_are_refused(string target, S3Refusal expected)
    {
        var address = Read(target);
        Assert.Equal((S3Level.Refused, expected), (address.Level, address.Refusal));
        var head = new S3RequestHead("GET", target, (S3Header[])[new("Host", "127.0.0.1")]);
        var request = S3Classifier.Classify(head, address, S3Addressing.Default);
        Assert.Equal(expected, request.Refusal);
        Assert.Equal(S3Right.FullAccess, request.Right);
        Assert.InRange(S3Errors.Answer(S3Refusals.Code(expected)).Status, 400, 405);
    }

    [Theory]
    [InlineData("photos.nyc3.example.com", "/", S3Level.Bucket, "photos", "")]
    [InlineData("photos.nyc3.example.com:9002", "/k", S3Level.Object, "photos", "k")]
    [InlineData("PHOTOS.NYC3.EXAMPLE.COM", "/k/l", S3Level.Object, "photos", "k/l")]
    [InlineData("my.dotted.bucket.nyc3.example.com", "/k", S3Level.Object, "my.dotted.bucket", "k")]
    [InlineData("photos.s3.localtest.", "/admin/k", S3Level.Object, "photos", "admin/k")]
    [InlineData("photos.nyc3.example.com", "//k", S3Level.Object, "photos", "/k")]
    [InlineData("nyc3.example.com", "/photos/k", S3Level.Object, "photos", "k")]
    [InlineData("127.0.0.1:8100", "/photos/k", S3Level.Object, "photos", "k")]
    [InlineData("[::1]:8100", "/photos/k", S3Level.Object, "photos", "k")]
    [InlineData("evilnyc3.example.com", "/photos/k", S3Level.Object, "photos", "k")]
    public void Virtual_host_style_is_read_under_the_domains(
        string host,
        string target,
        S3Level level,
        string bucket,
        string key
    )
    {
        var head = new S3RequestHead("GET", target, (S3Header[])[new("Host", host)]);
        var address = S3Address.Read(head, s_hosts);
        Assert.Equal((level, bucket, key), (address.Level, address.Bucket, address.Key));
        var pathStyle = new S3RequestHead("GET", address.PathStyleTarget(head), (S3Header[])[new("Host", "x")]);
        var again = S3Address.Read(pathStyle, S3Addressing.Default);
        Assert.Equal((level, bucket, key), (again.Level, again.Bucket, again.Key));
    }

    [Theory]
    [InlineData(".nyc3.example.com", S3Refusal.BucketName)]
    [InlineData("a_b.nyc3.example.com", S3Refusal.BucketName)]
    [InlineData("a..b.nyc3.example.com", S3Refusal.BucketName)]
    [InlineData("xy.nyc3.example.com", S3Refusal.BucketName)]
    public void Virtual_hosts_that_are_no_bucket_are_refused(string host, S3Refusal expected)
    {
        var head = new S3RequestHead("GET", "/k", (S3Header[])[new("Host", host)]);
        Assert.Equal(expected, S3Address.Read(head, s_hosts).Refusal);
    }

    [Fact]
    public void Options_open_what_a_known_upstream_reads_safely()
    {
        Assert.Equal("a/../b", Read("/photos/a/../b", new() { AllowDotSegments = true }).Key);
        var slash = Read("/photos%2Fk", new() { AllowEncodedSlashInBucket = true });
        Assert.Equal(("photos", "k"), (slash.Bucket, slash.Key));
        var side = Read("/admin%2Fuser", new() { AllowEncodedSlashInBucket = true });
        Assert.Equal(S3Refusal.SideInterface, side.Refusal);
        var empty = new S3Addressing { AllowEmptyBucket = true };
        var address = Read("//photos/k", empty);
        var head = new S3RequestHead("GET", "//photos/k", (S3Header[])[new("Host", "127.0.0.1")]);
        Assert.Equal(S3Right.FullAccess, S3Classifier.Classify(head, address, empty).Right);
    }

    [Theory]
    [InlineData("abc", true)]
    [InlineData("a-1", true)]
    [InlineData("a.b.c", true)]
    [InlineData("123", true)]
    [InlineData("1.2.3", true)]
    [InlineData("1.2.3.a", true)]
    [InlineData("ab", false)]
    [InlineData("", false)]
    [InlineData("-ab", false)]
    [InlineData("ab-", false)]
    [InlineData(".ab", false)]
    [InlineData("ab.", false)]
    [InlineData("a..b", false)]
    [InlineData("aB1", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("aüb", false)]
    public void Bucket_names_follow_the_rules(string name, bool isValid) =>
        Assert.Equal(isValid, BucketName.IsValid(name));

    [Fact]
    public void Bucket_names_have_three_to_sixty_three_characters()
    {
        Assert.True(BucketName.IsValid(new string('a', 63)));
        Assert.False(BucketName.IsValid(new string('a', 64)));
    }

    private static S3Address Read(string target, S3Addressing? addressing = null) =>
        S3Address.Read(
            new S3RequestHead("GET", target, (S3Header[])[new("Host", "127.0.0.1:8100")]),
            addressing ?? S3Addressing.Default
        );
}
