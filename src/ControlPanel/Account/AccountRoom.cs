using ControlPanel.Configuration;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ControlPanel.Account;

/// <summary>This room: set-up, signing in and out, the person's own account.</summary>
public static class AccountRoom
{
    /// <summary>The address of the sign-in page.</summary>
    public const string LoginPath = "/account/login";

    /// <summary>
    /// Adds Identity over the store's context, the cookies, sessions and the circuit's guard. After the Razor components,
    /// whose authentication state it replaces.
    /// </summary>
    public static IServiceCollection AddAccount(this IServiceCollection services)
    {
        services
            .AddAuthentication(options =>
            {
                options.DefaultScheme = IdentityConstants.ApplicationScheme;
                options.DefaultSignInScheme = IdentityConstants.ExternalScheme;
            })
            .AddIdentityCookies(cookies =>
            {
                cookies.ApplicationCookie!.Configure(SetApplicationCookie);
                cookies.ExternalCookie!.Configure(o => Harden(o.Cookie, "__Host-ControlPanel.External"));
                cookies.TwoFactorRememberMeCookie!.Configure(o => Harden(o.Cookie, "__Host-ControlPanel.Remember"));
                cookies.TwoFactorUserIdCookie!.Configure(o =>
                {
                    Harden(o.Cookie, "__Host-ControlPanel.TwoFactor");
                    o.ExpireTimeSpan = TimeSpan.FromMinutes(5);
                });
            });
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
        services
            .AddIdentityCore<Person>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                // The rules are ours (PasswordRules); Identity's would ask for digits and signs.
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.Password.RequiredLength = PasswordRules.MinLength;
                // By user name, so anybody could lock an owner out. SignInThrottle stands in its place.
                options.Lockout.AllowedForNewUsers = false;
            })
            .AddEntityFrameworkStores<ControlPanelDb>()
            .AddSignInManager()
            .AddDefaultTokenProviders();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "ControlPanel.Antiforgery";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            // Always would turn every form on plain http (a demo on the loopback) into an error 500.
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });

        services
            .AddOptions<IdentityPasskeyOptions>()
            .Configure<IOptions<PanelOptions>>((passkeys, panel) => SetPasskeys(passkeys, panel.Value.Public.Panel));

        services.AddSingleton<PasswordWork>();
        services.AddSingleton<SetUpGate>();
        services.AddSingleton<PendingInvitation>();
        services.AddSingleton<EnrolmentSecrets>();
        services.AddScoped<SessionCookie>();
        services.AddScoped<SignInSteps>();
        services.AddScoped<PasswordSignIn>();
        services.AddScoped<PasskeyCeremonies>();
        services.AddScoped<PasskeySignIn>();
        services.AddScoped<CurrentActor>();
        services.AddScoped<Departure>();
        services.RemoveAll<AuthenticationStateProvider>();
        services.AddScoped<CircuitAuthentication>();
        services.AddScoped<AuthenticationStateProvider>(s => s.GetRequiredService<CircuitAuthentication>());
        services.AddScoped<CircuitHandler, CircuitGuard>();
        return services;
    }

    /// <summary>Maps what is no page: signing out, and what scripts ask about passkeys.</summary>
    public static IEndpointRouteBuilder MapAccount(this IEndpointRouteBuilder endpoints)
    {
        Passwords.Prepare();
        endpoints.MapPost("/account/logout", SignOutAsync).RequireAuthorization();
        endpoints.MapPasskeys();
        return endpoints;
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, IAntiforgery antiforgery, EndSession endSession)
    {
        // A minimal endpoint is not checked by the antiforgery middleware unless it binds a form.
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Results.BadRequest();
        }

        if (SignedIn.From(http.User) is { } signedIn)
        {
            await endSession.ExecuteAsync(
                new Actor(signedIn.UserId, Guid.Empty, Door.Panel)
                {
                    SessionId = signedIn.SessionId,
                    Address = signedIn.Address,
                    RequestId = http.TraceIdentifier,
                },
                signedIn.SessionId,
                CancellationToken.None
            );
        }

        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        return Results.LocalRedirect(LoginPath);
    }

    private static void SetPasskeys(IdentityPasskeyOptions options, string publicAddress)
    {
        // What signs in without a password must itself be two factors, and know whose it is.
        options.UserVerificationRequirement = "required";
        options.ResidentKeyRequirement = "required";
        // A proxy may pass another host on than the one that browsers see.
        var address = Uri.TryCreate(publicAddress, UriKind.Absolute, out var uri) ? uri : null;
        options.ServerDomain = address?.Host;
        // Identity compares with the Origin header, which a form of a page that sends no referrer leaves empty.
        options.ValidateOrigin = context =>
        {
            var request = context.HttpContext.Request;
            var ours = address?.GetLeftPart(UriPartial.Authority) ?? $"{request.Scheme}://{request.Host}";
            return ValueTask.FromResult(
                !context.CrossOrigin && string.Equals(context.Origin, ours, StringComparison.OrdinalIgnoreCase)
            );
        };
    }

    private static void SetApplicationCookie(CookieAuthenticationOptions options)
    {
        Harden(options.Cookie, "__Host-ControlPanel.Session");
        options.LoginPath = LoginPath;
        options.AccessDeniedPath = "/";
        options.ReturnUrlParameter = "returnUrl";
        // The absolute limit. The idle limit is the session's own, as a circuit works for hours without a request.
        options.ExpireTimeSpan = SessionLimits.Absolute;
        options.SlidingExpiration = false;
        options.Events.OnValidatePrincipal = CheckSessionAsync;
    }

    private static async Task CheckSessionAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var sessions = http.RequestServices.GetRequiredService<SessionRegister>();
        if (
            context.Principal is { } principal
            && SignedIn.From(principal) is { } signedIn
            && await sessions.IsAliveAsync(signedIn.SessionId, signedIn.UserId, signedIn.Stamp, http.RequestAborted)
        )
        {
            SignedIn.AddAddress(principal, http.Connection.RemoteIpAddress);
            // A window left open reconnects by itself; that is nobody's activity.
            if (!http.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase))
            {
                sessions.Touch(signedIn.SessionId);
            }

            return;
        }

        context.RejectPrincipal();
        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    // __Host-: only this host over a secure connection can have set it, for every path (RFC 6265bis section 4.1.3.2).
    private static void Harden(CookieBuilder cookie, string name)
    {
        cookie.Name = name;
        cookie.HttpOnly = true;
        cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.SameSite = SameSiteMode.Lax;
        cookie.Path = "/";
        cookie.Domain = null;
        cookie.IsEssential = true;
    }
}
