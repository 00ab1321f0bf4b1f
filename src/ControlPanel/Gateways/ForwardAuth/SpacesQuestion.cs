using System.Net;
using ControlPanel.Data.Snapshots;
using ControlPanel.Gateways.Spaces;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/spaces/[{team}/]{nginx|caddy|traefik|envoy}</c>: may this client call the proxy's S3 store? The signature
/// in the header or in the query is checked over what the proxy passes on; the body is never seen, so hashes of it,
/// chunk signatures, trailers and form uploads are not. What only the gateway can answer (the filtered list of buckets,
/// a form) is refused here.
/// </summary>
internal sealed class SpacesQuestion(SpacesGateway gateway, ISpacesDirectory directory, QuestionJournal journal)
{
    /// <summary>Decides.</summary>
    /// <param name="team">
    /// Only keys of this team pass; <see langword="null"/>: of any, but only to buckets that the panel knows as theirs,
    /// because nothing else says whose store the proxy stands in front of.
    /// </param>
    public QuestionAnswer Decide(HttpContext context, ProxyKind kind, string tail, Guid? team)
    {
        if (
            !kind.TryRead(context, tail, out var method, out var target)
            || kind.Host(context) is not { } host
            // The store behind reads the same words in the body, where nobody here can look.
            || RequestGuards.HasDoubtfulFraming(context.Request)
        )
        {
            return QuestionAnswer.Unclear;
        }

        var client = kind.Client(context);
        var head = Head(context, kind, method, target, host);
        var credential = S3CredentialParser.Parse(head, gateway.Rules);
        if (credential.Kind is S3CredentialKind.None or S3CredentialKind.Invalid)
        {
            var reason = credential.Kind is S3CredentialKind.None ? DenialReason.NoCredential : DenialReason.Malformed;
            return Refuse(context, kind, client, reason, key: null, $"{method}: {credential.Refusal}");
        }

        var finding = gateway.Examine(head, credential, client);
        if (finding.Signature is not SignatureRefusal.None)
        {
            var reason =
                finding.Signature is SignatureRefusal.SecretUnavailable
                    ? DenialReason.CannotVerify
                    : DenialReason.BadSignature;
            return Refuse(context, kind, client, reason, finding.Key, $"{method}: {finding.Signature}");
        }

        if (finding.Refusal is not S3Refusal.None)
        {
            return Refuse(context, kind, client, DenialReason.NotCovered, finding.Key, $"{method}: {finding.Refusal}");
        }

        if (finding is not { Request: { } request, Decision: { IsAllowed: true, Key: { } key } })
        {
            return Refuse(context, kind, client, finding.Decision.Reason, finding.Key, Asked(finding, method));
        }

        if (team is not null && key.TeamId != team)
        {
            // A key of another team is unknown to this one.
            return Refuse(context, kind, client, DenialReason.UnknownKey, key, Asked(finding, method));
        }

        if (
            !IsWithin(team, key, finding.Address.Bucket)
            || (request.Source is { } source && !IsWithin(team, key, source.Bucket))
            // The store would list every bucket it has.
            || (finding.Address.Level is S3Level.Service && key.Scope is not KeyScope.Buckets { FullAccess: true })
        )
        {
            return Refuse(context, kind, client, DenialReason.BucketNotGranted, key, Asked(finding, method));
        }

        return journal.Allow(context, key, finding.Asked);
    }

    private bool IsWithin(Guid? team, KeyRecord key, string bucket) =>
        team is not null || (directory.FindBucket(bucket) is { } known && known.TeamId == key.TeamId);

    // What the client sent, as far as the proxy passed it on: the host and the length are the proxy's word for the
    // client's, and the question's own are those of another request.
    private static S3RequestHead Head(HttpContext context, ProxyKind kind, string method, string target, string host)
    {
        var headers = new List<S3Header>(context.Request.Headers.Count + 2) { new("Host", host) };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (
                name.Equals("Host", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
            )
            {
                continue;
            }

            foreach (var value in values)
            {
                headers.Add(new S3Header(name, value ?? ""));
            }
        }

        if (kind.Length(context) is { } length)
        {
            headers.Add(new S3Header("Content-Length", length));
        }

        return new S3RequestHead(method, target, headers.ToArray());
    }

    private QuestionAnswer Refuse(
        HttpContext context,
        ProxyKind kind,
        IPAddress? client,
        DenialReason reason,
        KeyRecord? key,
        string asked
    ) =>
        journal.Refuse(
            context,
            KeyFamily.Spaces,
            reason,
            key,
            $"{asked} through {kind.Name}",
            client,
            reason is DenialReason.CannotVerify
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status403Forbidden
        );

    // Never the query, which may hold a signature.
    private static string Asked(in SpacesFinding finding, string method) =>
        finding.Request is { } request ? $"{request.Operation} {finding.Address.Bucket}/{finding.Address.Key}" : method;
}
