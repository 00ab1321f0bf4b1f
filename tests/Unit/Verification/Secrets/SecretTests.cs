using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Verification.Secrets;

public sealed class SecretTests
{
    private const string Text = "s3cr3t-Ä";

    [Fact]
    public void A_secret_does_not_print_itself()
    {
        using var secret = new Secret(Text);
        Assert.Equal("***", secret.ToString());
        Assert.Equal("***", $"{secret}");
        Assert.Equal("***", string.Format(CultureInfo.InvariantCulture, "{0}", secret));
        Assert.Equal("***", typeof(Secret).GetCustomAttribute<DebuggerDisplayAttribute>()?.Value);
    }

    [Fact]
    public void A_secret_does_not_serialize_itself()
    {
        using var secret = new Secret(Text);
        var json = "";
        try
        {
            json = JsonSerializer.Serialize(new { secret });
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or NotSupportedException)
        {
            json = refusal.Message;
        }

        Assert.DoesNotContain("s3cr3t", json, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(secret.Bytes), json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_reached_by_its_two_named_members_alone()
    {
        var members = typeof(Secret)
            .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m is not ConstructorInfo && m is not MethodInfo { IsSpecialName: true })
            .Select(m => m.Name)
            .Order(StringComparer.Ordinal);
        Assert.Equal(["Bytes", "Dispose", "Reveal", "ToString"], members);
    }

    [Fact]
    public void A_disposed_secret_is_overwritten_and_gone()
    {
        var secret = new Secret(Text);
        var field = typeof(Secret).GetField("_utf8", BindingFlags.NonPublic | BindingFlags.Instance)!;
        var bytes = (byte[])field.GetValue(secret)!;
        Assert.Equal(Text, secret.Reveal());
        secret.Dispose();
        secret.Dispose();
        Assert.All(bytes, b => Assert.Equal(0, b));
        Assert.Throws<ObjectDisposedException>(secret.Reveal);
        Assert.Throws<ObjectDisposedException>(() => secret.Bytes.Length);
        Assert.Equal("***", secret.ToString());
    }
}
