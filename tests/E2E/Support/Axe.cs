using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>Asks axe about the page as it stands.</summary>
public static class Axe
{
    /// <summary>Fails with every finding and where it is.</summary>
    public static async Task AssertCleanAsync(IPage page, string where)
    {
        var result = await page.RunAxe();
        var findings = new StringBuilder();
        foreach (var violation in result.Violations)
        {
            findings.AppendLine($"{where}: {violation.Id} ({violation.Impact}): {violation.Help}");
            foreach (var node in violation.Nodes)
            {
                findings.AppendLine($"    {node.Html}");
            }
        }

        Assert.True(findings.Length == 0, findings.ToString());
    }
}
