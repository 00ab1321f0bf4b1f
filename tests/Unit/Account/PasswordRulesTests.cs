using ControlPanel.Data.Operations.Sessions;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Which new passwords are taken.</summary>
public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("seven olives under a piano")]
    [InlineData("Tr0ub4dor&3xyz")]
    [InlineData("gvKq2-8sLmd-0pWz")]
    [InlineData("фиолетовый ковёр")]
    [InlineData("839201746382")]
    [InlineData("   spaces inside   ")]
    public void Takes_what_is_long_and_not_common(string password) => Assert.Null(PasswordRules.Check(password));

    [Theory]
    [InlineData(null, "at least 12")]
    [InlineData("", "at least 12")]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", "at least 12")]
    [InlineData("password1234", "tried first")]
    [InlineData("P@ssw0rd!!2024", "tried first")]
    [InlineData("2024-password-2024", "tried first")]
    [InlineData("welcome-admin-1", "tried first")]
    [InlineData("aaaaaaaaaaaaaaa", "tried first")]
    [InlineData("abcabcabcabcabc", "tried first")]
    [InlineData("qwertyuiop12", "tried first")]
    [InlineData("123456789012", "tried first")]
    [InlineData("1q2w3e4r5t6y", "tried first")]
    [InlineData("correct horse battery staple", "tried first")]
    [InlineData("olivia@demo.test1", "e-mail address")]
    [InlineData("acmephotos2024", "e-mail address")]
    public void Refuses_what_guessers_try(string? password, string rule) =>
        Assert.Contains(rule, PasswordRules.Check(password, "olivia@demo.test", "Acme Photos"));

    [Fact]
    public void Refuses_what_would_make_hashing_a_lever() =>
        Assert.Contains("more than 256", PasswordRules.Check(string.Concat(Enumerable.Repeat("olive piano ", 30))));

    [Fact]
    public void Nobodys_password_never_matches()
    {
        Assert.False(Passwords.Verify(null, "nobody's password"));
        Assert.False(Passwords.Verify(new ControlPanel.Data.Model.Person(), "nobody's password"));
    }
}
