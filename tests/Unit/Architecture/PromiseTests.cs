using System.Text.RegularExpressions;

namespace ControlPanel.Tests.Unit.Architecture;

/// <summary>The pages that name tests name tests that exist.</summary>
public sealed partial class PromiseTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/promises.md")]
    public void Every_test_that_a_page_names_exists(string page)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "ControlPanel.sln")))
        {
            root = root.Parent!;
        }

        var sources = Directory
            .EnumerateFiles(Path.Combine(root.FullName, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .GroupBy(Path.GetFileNameWithoutExtension)
            .ToDictionary(g => g.Key!, g => string.Concat(g.Select(File.ReadAllText)), StringComparer.Ordinal);
        var named = TestName().Matches(File.ReadAllText(Path.Combine(root.FullName, page)));
        Assert.NotEmpty(named);
        Assert.All(
            named,
            name =>
            {
                Assert.True(sources.TryGetValue(name.Groups["class"].Value, out var source), name.Value);
                Assert.Matches($@"\b{name.Groups["method"].Value}\(", source);
            }
        );
    }

    [GeneratedRegex("`(?<class>[A-Z][A-Za-z0-9]*Tests)\\.(?<method>[A-Za-z0-9_]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex TestName();
}
