using System.Security.Claims;
using AngleSharp.Dom;
using Bunit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>Components over the real operations of a running panel, as one of the demo's people meets them.</summary>
public abstract class PanelComponentTest : BunitContext
{
    private readonly IServiceScope _scope;

    protected PanelComponentTest(TestPanel panel)
    {
        Panel = panel;
        _scope = panel.App.Services.CreateScope();
        var script = JSInterop.SetupModule("/js/panel.js");
        script.Mode = JSRuntimeMode.Loose;
        script.Setup<string>("timeZone").SetResult("UTC");
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddScoped<Browser>();
        Services.AddScoped(s => new CurrentActor(
            s.GetRequiredService<AuthenticationStateProvider>(),
            panel.Get<GetMyStanding>(),
            panel.Get<AccessWatch>(),
            panel.Get<TimeProvider>()
        ));
        Services.AddSingleton(panel.Get<TimeProvider>());
    }

    protected static CancellationToken Ct => Xunit.TestContext.Current.CancellationToken;

    protected TestPanel Panel { get; }

    /// <summary>Who looks, as pages are told by the frame around them.</summary>
    protected CurrentPerson Person { get; private set; } = CurrentPerson.Nobody;

    /// <summary>Signs a person in.</summary>
    protected async Task<Actor> SignInAsync(string email, SignInProof? proof = null)
    {
        var person = await Panel.ActorAsync(email);
        var started = await Panel
            .Get<StartSession>()
            .ExecuteAsync(
                new Actor(person.UserId, Guid.Empty, Door.Panel),
                "Firefox",
                proof ?? SignInProof.Password,
                Ct
            );
        var session = started.Value!.Id;
        AddAuthorization()
            .SetAuthorized(email)
            .SetClaims(
                new Claim(ClaimTypes.NameIdentifier, person.UserId.ToString()),
                new Claim(SignedIn.SessionClaim, session.ToString())
            );
        // What is not registered above is the panel's own: its operations, its signal of changes.
        Services.AddFallbackServiceProvider(_scope.ServiceProvider);
        Person = await Services.GetRequiredService<CurrentActor>().GetAsync();
        return person with { SessionId = session, Door = Door.Panel };
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _scope.Dispose();
    }

    protected static IElement Field<T>(IRenderedComponent<T> component, string label)
        where T : IComponent =>
        component.Find($"#{component.FindAll("label").Single(l => l.TextContent.Trim() == label).GetAttribute("for")}");

    /// <summary>A check box or radio button by the text beside it.</summary>
    protected static IElement Choice<T>(IRenderedComponent<T> component, string text)
        where T : IComponent =>
        component
            .FindAll("label.check")
            .Single(l => (l.QuerySelector("strong") ?? l.QuerySelector("span"))!.TextContent.Trim() == text)
            .QuerySelector("input")!;

    protected static IElement Button<T>(IRenderedComponent<T> component, string text)
        where T : IComponent => component.FindAll("button").Single(b => b.TextContent.Trim() == text);

    protected static IReadOnlyList<string> Texts<T>(IRenderedComponent<T> component, string selector)
        where T : IComponent => [.. component.FindAll(selector).Select(e => e.TextContent.Trim())];
}
