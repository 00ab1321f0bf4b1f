using ControlPanel.Configuration;
using Microsoft.Extensions.Configuration;

namespace ControlPanel.Tests.Unit.Hosting;

public class OptionsTests
{
    [Fact]
    public void Everything_wrong_is_said_at_once_each_with_its_setting()
    {
        var errors = ErrorsOf(
            ("Listen", "localhost:80"),
            ("LeaseSeconds", "soon"),
            ("Inference:MaxBodyBytes", "32 MiB"),
            ("Inference:AllowUnknownPaths", "perhaps"),
            ("Retention:UsageDays", "a month"),
            ("Retention:RefusedUses", "10"),
            ("Webhooks:AllowHttp", "sometimes"),
            ("Webhooks:AllowPrivateNetworks", "1"),
            ("Spaces:AllowSignatureV2", "no"),
            ("Spaces:Domains:0", "s3 example"),
            ("LegacyCutOff", "next spring"),
            ("TrustedProxies:0", "10.0.0.0/8"),
            ("TrustedProxies:1", "everyone"),
            ("Store:Postgres", "hunter2"),
            ("Public:Panel", "panel.example.com"),
            ("Public:Functions", "https://example.com/functions"),
            ("Public:Spaces", "ftp://example.com"),
            ("Public:Inference", "/models")
        );

        string[] named =
        [
            "LeaseSeconds",
            "Inference:MaxBodyBytes",
            "Inference:AllowUnknownPaths",
            "Retention:UsageDays",
            "Webhooks:AllowHttp",
            "Webhooks:AllowPrivateNetworks",
            "Spaces:AllowSignatureV2",
            "Listen",
            "Retention:RefusedUses",
            "LegacyCutOff",
            "TrustedProxies:1",
            "Spaces:Domains:0",
            "Store:Postgres",
            "Public:Panel",
            "Public:Functions",
            "Public:Spaces",
            "Public:Inference",
        ];
        Assert.Equal(named.Select(n => $"ControlPanel:{n}"), errors.Select(e => e.Split(' ')[0]));
        Assert.All(errors, e => Assert.DoesNotContain('\n', e));
        // A connection string holds a password and is never repeated.
        Assert.DoesNotContain(errors, e => e.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.9")]
    [InlineData("61")]
    [InlineData("-3")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("3,5")]
    [InlineData("")]
    public void The_lease_is_from_1_to_60_seconds_or_the_server_does_not_start(string lease)
    {
        var error = Assert.Single(ErrorsOf(("LeaseSeconds", lease)));

        Assert.StartsWith("ControlPanel:LeaseSeconds must be from 1 to 60", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("60")]
    [InlineData("2.5")]
    public void A_lease_within_its_bounds_is_taken(string lease) => Assert.Empty(ErrorsOf(("LeaseSeconds", lease)));

    [Theory]
    [InlineData("Host=db;Password=x;Wrong Keyword=1")]
    [InlineData("Database=panel")] // no host: it would be the loopback by accident
    [InlineData("Host=db;Port=many")]
    [InlineData("=")]
    public void A_connection_string_that_can_be_none_is_refused(string text) =>
        Assert.Single(ErrorsOf(("Store:Postgres", text)));

    [Fact]
    public void What_is_not_set_has_its_safe_default()
    {
        var options = PanelOptions.Read(new ConfigurationBuilder().Build(), out var errors);

        Assert.Empty(errors);
        Assert.Equal("127.0.0.1", options.Listen);
        Assert.Empty(options.TrustedProxies);
        Assert.Equal(3, options.LeaseSeconds);
    }

    private static IReadOnlyList<string> ErrorsOf(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(s => KeyValuePair.Create($"ControlPanel:{s.Name}", (string?)s.Value))
            )
            .Build();
        PanelOptions.Read(configuration, out var errors);
        return errors;
    }
}
