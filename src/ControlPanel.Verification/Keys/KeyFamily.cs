namespace ControlPanel.Verification.Keys;

/// <summary>The four families of access keys. A key of one family never authenticates at another family's door.</summary>
public enum KeyFamily : byte
{
    /// <summary>Namespace access key <c>dof_v1_…</c> (or the namespace's legacy shared credential), HTTP Basic.</summary>
    Functions = 1,

    /// <summary>Per-bucket access key <c>DO00…</c>, S3 signatures.</summary>
    Spaces = 2,

    /// <summary>Model access key <c>sk-do-…</c>, Bearer or <c>x-api-key</c>.</summary>
    Inference = 3,

    /// <summary>Personal access token <c>dop_v1_…</c>, Bearer.</summary>
    Api = 4,
}
