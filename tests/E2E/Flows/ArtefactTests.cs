using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>A browser test that fails while a secret is on the screen writes it nowhere.</summary>
public sealed class ArtefactTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Neither_picture_nor_text_nor_message_of_a_failed_test_holds_the_one_time_secret()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("image-tools");
        var (_, secret) = await panel.CreateKeyAsync($"artefact-{Guid.NewGuid():N}"[..20]);
        var field = panel.Dialog("Save your secret key").GetByRole(AriaRole.Textbox, new() { Name = "Secret key" });
        Assert.True(secret.Length >= 32);

        var failures = new Exception[]
        {
            await Assert.ThrowsAnyAsync<PlaywrightException>(() =>
                Expect(panel.Page.GetByText("nothing of the kind")).ToBeVisibleAsync(new() { Timeout = 100 })
            ),
            await Assert.ThrowsAnyAsync<PlaywrightException>(() =>
                Expect(field).ToHaveValueAsync("another", new() { Timeout = 100 })
            ),
            Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Assert.Equal("another", secret)),
        };
        Assert.All(failures, f => Assert.False(f.ToString().Contains(secret, StringComparison.Ordinal)));
        // It still says what was on the screen.
        Assert.Contains("dialog \"Save your secret key\"", failures[0].Message);

        var folder = Directory.CreateTempSubdirectory("artefact-test-").FullName;
        try
        {
            await Artefacts.KeepAsync(panel.Page, [$"error: {secret}"], folder);
            Assert.Equal(["page.png", "page.txt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            var text = await File.ReadAllTextAsync(Path.Combine(folder, "page.txt"), Ct);
            Assert.Contains("Save your secret key", text);
            Assert.False(text.Contains(secret, StringComparison.Ordinal));
            // What the picture was taken of: neither as text nor in a field.
            Assert.False((await panel.Page.ContentAsync()).Contains(secret, StringComparison.Ordinal));
            Assert.Equal(
                0,
                await panel.Page.EvaluateAsync<int>(
                    "s => [...document.querySelectorAll('input, textarea')].filter(f => f.value.includes(s)).length",
                    secret
                )
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")]
    [InlineData("abcdef-ghijkl-mnopqr-stuvwx")]
    [InlineData("dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("sk-do-v1-0123456789abcdef0123456789abcdef")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("dGhpcyBpcyBhIHNlY3JldA+/wJalrXUtnFEMIK7MDENG==")]
    public void Every_kind_of_secret_is_taken_out_of_a_text(string secret)
    {
        var text = Redaction.Of($"- text: the secret {secret} stands here\n- textbox \"Secret key\": short");
        Assert.False(text.Contains(secret, StringComparison.Ordinal));
        Assert.Contains("stands here", text);
        Assert.False(text.Contains("short", StringComparison.Ordinal));
    }
}
