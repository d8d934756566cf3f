"""Pictures of the city as the page draws them, for scripts that look at their pixels."""

PICTURE = """(async draw => {
  const canvas = document.querySelector('canvas.city')
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')
  const drawn = draw()
  await new Promise(done => requestAnimationFrame(() => {
    copy.drawImage(canvas, 0, 0)
    done()
  }))
  await drawn
  return copy.getImageData(0, 0, canvas.width, canvas.height)
})"""
"""A function of one that makes the page draw: `ImageData` of the next frame."""

AGAIN = f"""await {PICTURE}(() => {{
  const {{feet, headingDeg}} = citiverse.pose()
  citiverse.setPose({{position: feet, headingDeg}})
}})"""
"""The picture from where the viewer stands."""
