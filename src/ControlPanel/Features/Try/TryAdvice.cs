using ControlPanel.Data.Operations.Access;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Features.Try;

/// <summary>The smallest change that would let a refused call through; none where nothing may.</summary>
internal static class TryAdvice
{
    public static string? For(TryResult refused, string? bucket, string? model, string? scope) =>
        refused.Reason switch
        {
            DenialReason.CannotVerify => "nothing about the key: this node must reach its store again.",
            DenialReason.BadFormat or DenialReason.Malformed =>
                "copy the credential again; a character is missing or changed.",
            DenialReason.UnknownKey => "use a key of this team; this one does not exist here.",
            DenialReason.WrongSecret or DenialReason.BadSignature =>
                "use the secret that belongs to this ID, or create a new key.",
            DenialReason.Revoked => "create a new key; a revoked one never works again.",
            DenialReason.Suspended => "resume the key.",
            DenialReason.OwnerInactive => "create a key of somebody who is in the team.",
            DenialReason.Expired => "create a new key, or try an earlier time.",
            DenialReason.OtherNamespace => "use a key of that namespace; a namespace key reaches its own only.",
            DenialReason.BucketNotGranted when bucket is { Length: > 0 } =>
                $"grant {bucket} to the key under Spaces → Access Keys → Edit permissions, with Read/Write/Delete if it is to write; changing settings takes a full access key.",
            DenialReason.BucketNotGranted => "grant the key a bucket under Spaces → Access Keys → Edit permissions.",
            DenialReason.ModelNotAllowed when model is { Length: > 0 } =>
                $"duplicate the key and select {model} too; the models of a key cannot be changed.",
            DenialReason.ModelNotAllowed => "name a model that the key may call.",
            DenialReason.BatchNotAllowed => "duplicate the key with all models and batch inferencing.",
            DenialReason.OutsideNetwork =>
                "call from an address in the key's VPC network, or duplicate the key without it.",
            DenialReason.ScopeMissing => $"generate a token with the scope {scope}.",
            DenialReason.RoleInsufficient => $"give the token's owner a role that carries {scope}.",
            DenialReason.NotCovered when refused.Family == KeyFamily.Inference =>
                "use a key for all models; this request names none.",
            DenialReason.NotCovered => "use another kind of key; one of this kind can never make this request.",
            DenialReason.WrongKind or DenialReason.NoCredential => "present a credential of this door's kind.",
            DenialReason.None => null,
            _ => null,
        };
}
