using Bunit;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>A building block in a browser that is in Berlin; the clock stands at 21 November 2026, noon UTC.</summary>
public abstract class ComponentTest : BunitContext
{
    protected ComponentTest()
    {
        Script = JSInterop.SetupModule("/js/panel.js");
        Script.Mode = JSRuntimeMode.Loose;
        Script.Setup<string>("timeZone").SetResult("Europe/Berlin");
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<TimeProvider>(Clock);
        Services.AddScoped<Browser>();
    }

    private protected FakeClock Clock { get; } = new();

    /// <summary>The console's script.</summary>
    protected BunitJSModuleInterop Script { get; }

    protected static CancellationToken Ct => Xunit.TestContext.Current.CancellationToken;
}
