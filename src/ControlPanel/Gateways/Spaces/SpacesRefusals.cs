using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Gateways.Spaces;

/// <summary>Refuses: records why, precisely, and answers what the caller may know.</summary>
internal sealed class SpacesRefusals(UsageRecorder usage, RefusalLog refusals)
{
    /// <summary>A decision of the engine.</summary>
    public Task DecidedAsync(HttpContext context, Decision decision, string asked)
    {
        var answer = PublicAnswers.For(Protocol.S3, decision.Reason);
        if (decision.Reason == DenialReason.CannotVerify)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        Record(context, decision.Reason, decision.Key, asked);
        return S3Replies.WriteErrorAsync(context, answer.Status, answer.Code, answer.Message);
    }

    /// <summary>A credential or a signature that does not hold.</summary>
    public Task SignatureAsync(
        HttpContext context,
        SignatureRefusal refusal,
        S3CredentialKind kind,
        KeyRecord? key,
        string asked
    )
    {
        var reason = refusal switch
        {
            SignatureRefusal.SecretUnavailable => DenialReason.CannotVerify,
            _ when key is null => DenialReason.Malformed,
            _ => DenialReason.BadSignature,
        };
        return CodedAsync(context, SignatureAnswers.Code(refusal, kind), reason, key, $"{asked}: {refusal}");
    }

    /// <summary>A request of a good key that nobody may make here.</summary>
    public Task RequestAsync(HttpContext context, S3Refusal refusal, KeyRecord? key, string asked) =>
        CodedAsync(context, S3Refusals.Code(refusal), DenialReason.NotCovered, key, $"{asked}: {refusal}");

    /// <summary>Any refusal with a code of the engine.</summary>
    public Task CodedAsync(HttpContext context, S3ErrorCode code, DenialReason reason, KeyRecord? key, string asked)
    {
        Record(context, reason, key, asked);
        var answer = S3Errors.Answer(code);
        return S3Replies.WriteErrorAsync(context, answer.Status, answer.Code, answer.Message);
    }

    private void Record(HttpContext context, DenialReason reason, KeyRecord? key, string asked)
    {
        refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                KeyFamily.Spaces,
                reason,
                key,
                asked,
                context.Connection.RemoteIpAddress,
                context.Request.Headers.UserAgent
            )
        );
        if (key is not null)
        {
            usage.RecordRefusal(key);
        }
    }
}
