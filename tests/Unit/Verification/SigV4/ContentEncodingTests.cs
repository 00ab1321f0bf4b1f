using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

public sealed class ContentEncodingTests
{
    [Theory]
    [InlineData("aws-chunked", null)]
    [InlineData("AWS-Chunked", null)]
    [InlineData("aws-chunked,gzip", "gzip")]
    [InlineData("gzip, aws-chunked", "gzip")]
    [InlineData("gzip , br,aws-chunked", "gzip, br")]
    [InlineData("gzip", "gzip")]
    [InlineData("", null)]
    [InlineData("x-aws-chunked", "x-aws-chunked")]
    public void Only_the_framing_is_taken_off(string value, string? expected) =>
        Assert.Equal(expected, ContentEncoding.WithoutChunked(value));
}
