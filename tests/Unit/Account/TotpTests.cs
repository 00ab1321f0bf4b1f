using System.Text;
using ControlPanel.Data.Operations.Sessions;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>One-time codes against the numbers of the standards.</summary>
public sealed class TotpTests
{
    private static readonly byte[] s_secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238 appendix B, the last six digits of the rows for SHA-1.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_RFC_6238(long unixSeconds, string code)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        Assert.Equal(code, Totp.Code(s_secret, Totp.StepAt(at)));
        Assert.Equal(Totp.StepAt(at), Totp.FindStep(s_secret, code, at));
        Assert.Equal(Totp.StepAt(at), Totp.FindStep(s_secret, $" {code[..3]} {code[3..]}", at.AddSeconds(30)));
        Assert.Null(Totp.FindStep(s_secret, code, at.AddSeconds(90)));
        Assert.Null(Totp.FindStep(s_secret, code, at.AddSeconds(-90)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("28708")]
    [InlineData("2870820")]
    [InlineData("28708२")]
    [InlineData("abcdef")]
    public void What_is_no_code_is_refused(string? typed) =>
        Assert.Null(Totp.FindStep(s_secret, typed, DateTimeOffset.FromUnixTimeSeconds(59)));

    // RFC 4648 section 10, without the padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_RFC_4648(string text, string expected) =>
        Assert.Equal(expected, Totp.Base32(Encoding.ASCII.GetBytes(text)));
}
