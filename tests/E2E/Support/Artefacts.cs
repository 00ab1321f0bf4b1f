using Microsoft.Playwright;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// What a failed browser test leaves behind: a picture and a text of the page without anything that could be a secret.
/// There is no trace, as Playwright writes what was typed and what was read into it.
/// </summary>
internal static class Artefacts
{
    // A copy takes the page's place, so that nothing the server sends afterwards brings a value back.
    private const string Mask = """
        ({ mark, secrets }) => {
          const copy = document.body.cloneNode(true);
          copy.querySelectorAll("input, textarea").forEach((field) => {
            if (["checkbox", "radio", "submit", "button"].includes(field.type)) return;
            const text = field.value ? mark : "";
            field.setAttribute("value", text);
            field.value = text;
            if (field.localName === "textarea") field.textContent = text;
          });
          copy.querySelectorAll("[aria-label*='QR code'], canvas").forEach((code) => code.remove());
          const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(new RegExp(secrets, "g"), mark);
          document.body.replaceWith(copy);
        }
        """;

    /// <summary>Writes <c>page.png</c> and <c>page.txt</c> into the folder. The page is a picture of itself afterwards.</summary>
    public static async Task KeepAsync(IPage page, IEnumerable<string> complaints, string folder)
    {
        Directory.CreateDirectory(folder);
        // Fails before there is a picture when it cannot be done.
        await page.EvaluateAsync(
            Mask,
            new { mark = Redaction.Mark, secrets = $"{Redaction.Groups}|{Redaction.LongRun}" }
        );
        await page.ScreenshotAsync(
            new PageScreenshotOptions { Path = Path.Combine(folder, "page.png"), FullPage = true }
        );
        var text = string.Join(
            "\n",
            [new Uri(page.Url).AbsolutePath, .. complaints, await page.Locator("body").AriaSnapshotAsync()]
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "page.txt"), Redaction.Of(text));
    }
}
