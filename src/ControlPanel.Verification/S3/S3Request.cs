namespace ControlPanel.Verification.S3;

/// <summary>What a request does and what it needs.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Right">The right needed on the addressed bucket.</param>
/// <param name="Source">The object it reads from as well.</param>
/// <param name="Refusal">Why nobody may do it here.</param>
public sealed record S3Request(S3Operation Operation, S3Right Right, CopySource? Source, S3Refusal Refusal)
{
    /// <summary>The right needed on the source's bucket: a rename also removes the object there.</summary>
    public S3Right SourceRight =>
        Source is null ? S3Right.None
        : Operation is S3Operation.RenameObject ? S3Right.ReadWrite
        : S3Right.Read;

    internal static S3Request Refused(S3Refusal refusal) =>
        new(S3Operation.Unknown, S3Right.FullAccess, Source: null, refusal);
}
