using Bunit;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The lines beside the pages, run as they stand.</summary>
public sealed class CommandTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    [Fact]
    public async Task Every_curl_line_reaches_an_endpoint_that_knows_what_it_sends()
    {
        var commands = Panel.Get<CommandLines>();
        IReadOnlyList<Snippet>[] pages =
        [
            commands.Namespaces,
            commands.NamespaceKeys(Panel.NamespaceId),
            commands.SpacesKeys,
            commands.ModelKeys,
            commands.Models,
            commands.VpcNetworks,
            commands.Tokens,
            commands.Members,
            commands.Activity,
        ];
        foreach (var line in pages.SelectMany(p => p).Where(l => l.Text.StartsWith("curl ", StringComparison.Ordinal)))
        {
            var (status, body) = await RunAsync(line.Text, Panel.Token);
            var isMissing = line.Text.Contains("$REQUEST_ID", StringComparison.Ordinal);
            Assert.True(isMissing ? status == 404 : status is 200 or 201, $"{line.Text}: {status} {body}");
        }
    }

    [Fact]
    public async Task The_lines_are_shown_with_a_button_to_copy_each()
    {
        await SignInAsync("olivia@demo.test");
        var block = Render<ByCommand>(p => p.Add(b => b.Of, c => c.SpacesKeys));
        Assert.Equal("The same with doctl or curl", block.Find("summary").TextContent);
        Assert.Equal(block.FindAll("code").Count, block.FindAll("button").Count);
        Assert.Contains(
            block.FindAll("code"),
            c => c.TextContent.StartsWith("doctl spaces keys create", StringComparison.Ordinal)
        );
        Assert.Equal(
            "The same with curl",
            Render<ByCommand>(p => p.Add(b => b.Of, c => c.Activity)).Find("summary").TextContent
        );
    }

    private static async Task<(int Status, string Body)> RunAsync(string line, string token)
    {
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(
                "bash",
                ["-c", line.Replace("curl ", "curl -s -w '%{http_code}' ", StringComparison.Ordinal)]
            )
            {
                RedirectStandardOutput = true,
                Environment = { ["TOKEN"] = token, ["REQUEST_ID"] = "0HN0-no-such-request" },
            }
        )!;
        var output = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        return (int.Parse(output[^3..], System.Globalization.CultureInfo.InvariantCulture), output[..^3]);
    }
}
