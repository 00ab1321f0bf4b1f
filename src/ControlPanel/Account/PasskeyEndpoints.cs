using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account;

/// <summary>
/// What a page's script asks before it talks to the authenticator, and the answer to step-up. Each sets or uses up a
/// cookie, which a circuit cannot.
/// </summary>
internal static class PasskeyEndpoints
{
    public static void MapPasskeys(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/account/passkeys/make", MakeAsync).RequireAuthorization();
        endpoints.MapPost("/account/passkeys/join", JoinAsync).AllowAnonymous();
        endpoints.MapPost("/account/passkeys/use", UseAsync).AllowAnonymous();
        endpoints.MapPost("/account/passkeys/confirm", ConfirmAsync).RequireAuthorization();
    }

    /// <summary>
    /// Whether a browser would make a passkey for the address that the panel is looked at by: a name, never an IP address
    /// (WebAuthn section 5.1.2: the relying party is a domain).
    /// </summary>
    public static bool ArePossible(HttpRequest request) => Uri.CheckHostName(request.Host.Host) == UriHostNameType.Dns;

    private static async Task<IResult> MakeAsync(
        HttpContext http,
        IAntiforgery antiforgery,
        PasskeyCeremonies ceremonies,
        UserManager<Person> people
    ) =>
        await antiforgery.IsRequestValidAsync(http) && await people.GetUserAsync(http.User) is { } person
            ? Json(await ceremonies.AskToMakeAsync(person))
            : Results.BadRequest();

    // Only for whoever holds the code of an open invitation to an address without an account.
    private static async Task<IResult> JoinAsync(
        HttpContext http,
        IAntiforgery antiforgery,
        PasskeyCeremonies ceremonies,
        PendingInvitation pending,
        FindInvitation find
    )
    {
        if (!await antiforgery.IsRequestValidAsync(http) || SignedIn.From(http.User) is not null)
        {
            return Results.BadRequest();
        }

        var offer = await find.ExecuteAsync(
            new Actor(Guid.Empty, Guid.Empty, Door.Panel),
            pending.Read(http),
            http.RequestAborted
        );
        if (!offer.IsDone || offer.Value.IsKnown)
        {
            return Results.BadRequest();
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        // What the authenticator shows; the operation reads the name by the rules when it comes to that.
        var name = form["name"].ToString() is { Length: > 0 and <= Names.MaxLength } typed ? typed : offer.Value.Email;
        return Json(await ceremonies.AskToMakeFirstAsync(offer.Value.Email, name));
    }

    private static async Task<IResult> UseAsync(
        HttpContext http,
        IAntiforgery antiforgery,
        PasskeyCeremonies ceremonies,
        UserManager<Person> people
    ) =>
        await antiforgery.IsRequestValidAsync(http)
            ? Json(await ceremonies.AskToUseAsync(await people.GetUserAsync(http.User)))
            : Results.BadRequest();

    private static async Task<IResult> ConfirmAsync(
        HttpContext http,
        IAntiforgery antiforgery,
        PasskeyCeremonies ceremonies,
        UsePasskey use
    )
    {
        if (!await antiforgery.IsRequestValidAsync(http) || SignedIn.From(http.User) is not { } signedIn)
        {
            return Results.BadRequest();
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var proved = await ceremonies.FinishUsingAsync(form["credential"]);
        if (proved is null || proved.Person.Id != signedIn.UserId)
        {
            return Results.BadRequest();
        }

        var actor = new Actor(signedIn.UserId, Guid.Empty, Door.Panel)
        {
            SessionId = signedIn.SessionId,
            Address = signedIn.Address,
            RequestId = http.TraceIdentifier,
        };
        return (await use.ExecuteAsync(actor, proved.Passkey, http.RequestAborted)).IsDone
            ? Results.NoContent()
            : Results.BadRequest();
    }

    private static IResult Json(string options) => Results.Content(options, "application/json");
}
